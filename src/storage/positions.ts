// How a place in the log is written as one safe integer:
//
//   position = segment number * 2^26 + offset in the segment's file
//
// Segments are numbered from 1 and never reuse a number, so a position names one record for ever.
// A record that is too large for a segment gets one of its own, which uses up the numbers that its
// size spans. Positions stay below 2^52, which is 4 PiB of log. Positions of the spill log are the same, negated.

/** Bytes that one segment number stands for; no ordinary segment is larger. */
export const segmentSpan: number = 2 ** 26

export const segmentOf = (position: number): number => Math.floor(position / segmentSpan)

export const offsetOf = (position: number): number => position % segmentSpan

export const positionAt = (segment: number, offset: number): number =>
  segment * segmentSpan + offset

/** The number that follows a segment whose file has grown to `bytes`. */
export const segmentAfter = (segment: number, bytes: number): number =>
  segment + Math.max(1, Math.ceil(bytes / segmentSpan))
