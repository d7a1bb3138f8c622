// Segment and frame headers. A frame holds the records of one turn, and recovery sees it whole or
// not at all. All numbers are little-endian.
//
//  segment file    | segment header 64 | frame | frame | ... | stale bytes or zeros
//
//  segment header  | magic 8 | version u32 | segment u32 | epoch u32 | zeros | checksum u32 |
//
//  frame header     0 magic u32      4 length u32 (of the records that follow)
//                   8 segment u32   12 offset u32 (where the frame itself lies)
//                  16 epoch u32     20 flags u32 (1: the turn goes on, 2: void, 4: continued)
//                  24 number f64    32 synced f64 (position known to be synced when this was written)
//                  40 link u32 (checksum of the frame header before)   44 checksum u32 (of bytes 0-43)
//
// A recycled segment holds old frames, and a cut tail may be followed by frames that were never
// confirmed. Neither is ever taken for part of the log: the first names another segment, the second
// does not link to what is before it or has an older epoch. The epoch rises with every start.

import { checksum, checksumOf } from './checksum.ts'

export const segmentHeaderBytes = 64
export const frameHeaderBytes = 48
export const formatVersion = 1
/** The flag of a frame whose turn goes on in the next one, because a segment was full. */
export const frameContinues = 1
/** The flag of a frame that covers a gap: what is in it does not count. */
export const frameVoid = 2
/** The flag of a frame that goes on with the turn of the one before; alone it counts for nothing. */
export const frameContinued = 4

const segmentMagic = 'WARRENLG'
/** WFRM, and WFRV for a void frame: half of one header and half of the other make none. */
const frameMagic = 0x4d_52_46_57
const voidMagic = 0x56_52_46_57
/** The bytes by which a search finds where the next frame may begin: WFR. */
export const frameMagicBytes: Uint8Array = Uint8Array.of(0x57, 0x46, 0x52)

export interface SegmentHeader {
  readonly version: number
  readonly segment: number
  readonly epoch: number
}

export interface FrameHeader {
  readonly length: number
  readonly segment: number
  readonly offset: number
  readonly epoch: number
  readonly flags: number
  readonly number: number
  readonly synced: number
  readonly link: number
}

export function encodeSegmentHeader(segment: number, epoch: number): Uint8Array {
  const bytes = Buffer.alloc(segmentHeaderBytes)
  bytes.write(segmentMagic, 0, 'latin1')
  bytes.writeUInt32LE(formatVersion, 8)
  bytes.writeUInt32LE(segment, 12)
  bytes.writeUInt32LE(epoch, 16)
  bytes.writeUInt32LE(checksum(bytes, 0, 60), 60)
  return bytes
}

/** Null if this is not a segment's header, or a damaged one. */
export function decodeSegmentHeader(source: Uint8Array): SegmentHeader | null {
  if (source.length < segmentHeaderBytes) return null
  const bytes = Buffer.from(source.buffer, source.byteOffset, segmentHeaderBytes)
  if (bytes.toString('latin1', 0, 8) !== segmentMagic) return null
  if (bytes.readUInt32LE(60) !== checksum(bytes, 0, 60)) return null
  return {
    version: bytes.readUInt32LE(8),
    segment: bytes.readUInt32LE(12),
    epoch: bytes.readUInt32LE(16),
  }
}

/** Writes a frame header in place and returns its checksum, which the next frame links to. */
export function writeFrameHeader(view: DataView, at: number, header: FrameHeader): number {
  view.setUint32(at, magicFor(header.flags), true)
  view.setUint32(at + 4, header.length, true)
  view.setUint32(at + 8, header.segment, true)
  view.setUint32(at + 12, header.offset, true)
  view.setUint32(at + 16, header.epoch, true)
  view.setUint32(at + 20, header.flags, true)
  view.setFloat64(at + 24, header.number, true)
  view.setFloat64(at + 32, header.synced, true)
  view.setUint32(at + 40, header.link, true)
  const sum = checksumOf(view, at, at + 44)
  view.setUint32(at + 44, sum, true)
  return sum
}

/** Null if there is no intact frame header at this place. */
export function readFrameHeader(
  view: DataView,
  at: number,
): (FrameHeader & { readonly checksum: number }) | null {
  if (at + frameHeaderBytes > view.byteLength) return null
  if (view.getUint32(at, true) !== magicFor(view.getUint32(at + 20, true))) return null
  const sum = checksumOf(view, at, at + 44)
  if (view.getUint32(at + 44, true) !== sum) return null
  return {
    length: view.getUint32(at + 4, true),
    segment: view.getUint32(at + 8, true),
    offset: view.getUint32(at + 12, true),
    epoch: view.getUint32(at + 16, true),
    flags: view.getUint32(at + 20, true),
    number: view.getFloat64(at + 24, true),
    synced: view.getFloat64(at + 32, true),
    link: view.getUint32(at + 40, true),
    checksum: sum,
  }
}

const magicFor = (flags: number): number => ((flags & frameVoid) === 0 ? frameMagic : voidMagic)
