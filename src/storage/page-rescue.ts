// An index page is damaged: finds its entries again by reading the segments that it pointed into.
// Slow, synchronous, and better than losing 4096 messages whose records are intact.

import { Columns } from './columns.ts'
import { frameHeaderBytes, frameMagicBytes, readFrameHeader, segmentHeaderBytes } from './frame.ts'
import type { PageReference } from './page.ts'
import { positionAt } from './positions.ts'
import { isIntactRecord, messageLanes, RecordKind } from './records.ts'
import type { Segments } from './segments.ts'

interface Found {
  readonly position: number
  readonly bodyBytes: number
}

/** All of a backlog is alive, so whatever the log holds of the page's range belongs to it. */
export function rescuePage(segments: Segments, laneId: number, page: PageReference): Columns {
  const found = new Map<number, Found>()
  const numbers = page.spans.map(({ segment }) => segment).filter((segment) => segment > 0)
  for (const segment of numbers.sort((a, b) => a - b)) {
    if (!segments.has(segment)) continue
    visitMessages(segments, segment, (view, at) => {
      for (const lane of messageLanes(view, at)) {
        const { sequence } = lane
        if (lane.laneId !== laneId || sequence < page.firstSequence) continue
        if (sequence > page.lastSequence) continue
        // Of a message and its copy the later one is the one that is still referred to.
        const bodyBytes = view.getUint32(at + 20, true)
        found.set(sequence, { position: positionAt(segment, at), bodyBytes })
      }
    })
  }
  const columns = new Columns()
  for (const [sequence, { position, bodyBytes }] of [...found].sort((a, b) => a[0] - b[0])) {
    columns.push(sequence, position, bodyBytes, 0)
  }
  return columns
}

function visitMessages(
  segments: Segments,
  segment: number,
  visit: (view: DataView, at: number) => void,
): void {
  const bytes = Buffer.allocUnsafeSlow(segments.fileBytes(segment))
  const length = segments.readNow(segment, bytes, 0)
  const view = new DataView(bytes.buffer, 0, length)
  for (let offset = segmentHeaderBytes; offset >= 0 && offset < length; ) {
    const header = readFrameHeader(view, offset)
    if (header === null || header.segment !== segment || header.offset !== offset) {
      offset = bytes.indexOf(frameMagicBytes, offset + 1)
      continue
    }
    const end = Math.min(length, offset + frameHeaderBytes + header.length)
    for (let at = offset + frameHeaderBytes; at < end; ) {
      if (!isIntactRecord(view, at, end)) break
      const kind = view.getUint8(at + 8)
      if (kind === RecordKind.message || kind === RecordKind.copy) visit(view, at)
      at += view.getUint32(at, true)
    }
    offset = end
  }
}
