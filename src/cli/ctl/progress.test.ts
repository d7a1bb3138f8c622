import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Progress } from './progress.ts'

function screen(): {
  lines: string[]
  at: (ms: number) => void
  write: (text: string) => void
  now: () => number
} {
  const lines: string[] = []
  let nowMs = 0
  return {
    lines,
    at: (ms) => {
      nowMs = ms
    },
    write: (text) => void lines.push(text),
    now: () => nowMs,
  }
}

test('a long command shows how far it is, now and then, and tidies up', () => {
  const terminal = screen()
  const progress = new Progress('Moving', terminal)
  for (const [ms, done] of [
    [10, 1],
    [400, 500],
    [410, 510],
    [600, 1000],
  ] as const) {
    terminal.at(ms)
    progress.advance(done, 1000)
  }
  progress.end()
  progress.end()
  assert.deepEqual(terminal.lines, [
    `\r\u001b[KMoving ${'█'.repeat(15)}${'░'.repeat(15)} 50% 500 of 1000`,
    `\r\u001b[KMoving ${'█'.repeat(30)}100% 1000 of 1000`,
    '\r\u001b[K',
  ])
})

test('a short command shows nothing', () => {
  const terminal = screen()
  const progress = new Progress('Moving', terminal)
  terminal.at(299)
  progress.advance(1, 2)
  progress.end()
  assert.deepEqual(terminal.lines, [])
})

test('nothing is shown where there is no terminal', () => {
  const progress = new Progress('Moving', null)
  progress.advance(1, 2)
  progress.end()
})
