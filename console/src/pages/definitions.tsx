// Takes the broker's definitions away as a file, and brings a file in.

import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { request } from '../api/client.ts'
import { apiPath } from '../api/paths.ts'
import { t } from '../i18n/translate.ts'
import { vhost } from '../state/preferences.ts'
import { Button } from '../ui/button.tsx'
import { Field, Form } from '../ui/form.tsx'
import { Page, Panel } from '../ui/page.tsx'
import { notify } from '../ui/toast.tsx'

function definitionsPath(): string {
  return vhost.value === '' ? 'definitions' : apiPath('definitions', vhost.value)
}

export function DefinitionsPage(): VNode {
  const scope = vhost.value === '' ? t('vhost.all') : vhost.value
  return (
    <Page title={t('nav.definitions')} sub={t('definitions.text', { scope })}>
      <div class="columns">
        <Panel title={t('definitions.export')}>
          <div class="stack">
            <p>{t('definitions.exportText')}</p>
            <div>
              <Button icon="download" kind="primary" onPress={download}>
                {t('definitions.download')}
              </Button>
            </div>
          </div>
        </Panel>
        <Panel title={t('definitions.import')}>
          <Import />
        </Panel>
      </div>
    </Page>
  )
}

async function download(): Promise<void> {
  const definitions = await request<unknown>(definitionsPath())
  const text = JSON.stringify(definitions, null, 2)
  const address = URL.createObjectURL(new Blob([text], { type: 'application/json' }))
  const link = document.createElement('a')
  link.href = address
  link.download = `warren-definitions-${new Date().toISOString().slice(0, 10)}.json`
  link.click()
  URL.revokeObjectURL(address)
}

const kinds = [
  'vhosts',
  'users',
  'permissions',
  'policies',
  'exchanges',
  'queues',
  'bindings',
] as const

function Import(): VNode {
  const [found, setFound] = useState<Record<string, unknown> | null>(null)
  const [failure, setFailure] = useState<string | null>(null)
  const read = async (file: File | undefined): Promise<void> => {
    setFound(null)
    setFailure(null)
    if (file === undefined) return
    try {
      const value: unknown = JSON.parse(await file.text())
      if (typeof value !== 'object' || value === null)
        throw new Error(t('definitions.notDefinitions'))
      setFound(value as Record<string, unknown>)
    } catch (error) {
      setFailure(error instanceof Error ? error.message : String(error))
    }
  }
  const send = async (): Promise<void> => {
    if (found === null) throw new Error(failure ?? t('definitions.choose'))
    await request(definitionsPath(), { method: 'POST', body: found })
    notify(t('definitions.imported'))
  }
  const counted = kinds.flatMap((kind) => {
    const list = found?.[kind]
    return Array.isArray(list) && list.length > 0
      ? [`${list.length} ${t(`definitions.kind.${kind}`)}`]
      : []
  })
  return (
    <Form send={send} submit={t('definitions.importButton')}>
      <p>{t('definitions.importText')}</p>
      <Field label={t('definitions.file')}>
        {(attributes) => (
          <input
            {...attributes}
            type="file"
            accept=".json,application/json"
            onChange={(event) => void read(event.currentTarget.files?.[0])}
          />
        )}
      </Field>
      {counted.length === 0 ? null : <p>{t('definitions.found', { what: counted.join(', ') })}</p>}
      {failure === null ? null : <p role="alert">{failure}</p>}
    </Form>
  )
}
