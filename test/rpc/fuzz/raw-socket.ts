// Throws bytes at a port over a connection of their own, in pieces, and leaves in one of the ways in
// which peers leave.
import { connect } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { pick, pieces, type Random } from './inputs.ts'

const patienceMs = 500

export async function throwAt(port: number, bytes: Buffer, random: Random): Promise<void> {
  const cut = pieces(bytes, random)
  const pauses = cut.map(() => random() < 0.3)
  const leaving = pick(['reset', 'end', 'listen'] as const, random)
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  let isClosed = false
  let wake: (() => void) | undefined
  const woken = (): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve
    })
  socket.on('error', () => {})
  socket.on('close', () => {
    isClosed = true
    wake?.()
  })
  const connected = woken()
  socket.once('connect', () => wake?.())
  await connected
  for (const [index, piece] of cut.entries()) {
    if (isClosed) return
    socket.write(piece)
    if (pauses[index] === true) await nextTurn()
  }
  if (isClosed) return
  if (leaving === 'reset') {
    // After the bytes have left: a reset would take them along.
    await new Promise<void>((resolve) => socket.write('', () => resolve()))
    socket.resetAndDestroy()
    return
  }
  const timer = setTimeout(() => wake?.(), leaving === 'end' ? patienceMs : 20)
  const left = woken()
  if (leaving === 'end') {
    socket.resume()
    socket.end()
  } else socket.once('data', () => wake?.())
  if (!isClosed) await left
  clearTimeout(timer)
  socket.destroy()
}
