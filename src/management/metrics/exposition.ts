// Metrics as Prometheus reads them: a few lines of text for each name [Prometheus: text format 0.0.4].

export type Labels = Readonly<Record<string, string | number>>

export interface MetricSample {
  readonly labels?: Labels
  readonly value: number
}

interface Ranges {
  readonly bounds: readonly number[]
  readonly counts: Float64Array
  readonly sum: number
}

export class Exposition {
  #text = ''

  /** `help` and `type` are written once, before all samples of the name. */
  add(
    name: string,
    type: 'counter' | 'gauge',
    help: string,
    samples: readonly MetricSample[],
  ): void {
    if (samples.length === 0) return
    this.#text += `# TYPE ${name} ${type}\n# HELP ${name} ${help}\n`
    for (const { labels, value } of samples) {
      this.#text += `${name}${labelText(labels)} ${numberText(value)}\n`
    }
  }

  counter(name: string, help: string, value: number, labels?: Labels): void {
    this.add(name, 'counter', help, [sample(value, labels)])
  }

  gauge(name: string, help: string, value: number, labels?: Labels): void {
    this.add(name, 'gauge', help, [sample(value, labels)])
  }

  /** `counts` are those of each range by itself, one more than there are bounds. */
  histogram(name: string, help: string, { bounds, counts, sum }: Ranges, labels: Labels): void {
    this.#text += `# TYPE ${name} histogram\n# HELP ${name} ${help}\n`
    let total = 0
    for (const [index, count] of counts.entries()) {
      total += count
      const le = numberText(bounds[index] ?? Number.POSITIVE_INFINITY)
      this.#text += `${name}_bucket${labelText({ ...labels, le })} ${total}\n`
    }
    this.#text += `${name}_count${labelText(labels)} ${total}\n`
    this.#text += `${name}_sum${labelText(labels)} ${numberText(sum)}\n`
  }

  toString(): string {
    return this.#text
  }
}

function sample(value: number, labels: Labels | undefined): MetricSample {
  return labels === undefined ? { value } : { labels, value }
}

function labelText(labels: Labels | undefined): string {
  if (labels === undefined) return ''
  const pairs = Object.entries(labels).map(
    ([name, value]) => `${name}="${escapeLabel(String(value))}"`,
  )
  return `{${pairs.join(',')}}`
}

function escapeLabel(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value)
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'
}
