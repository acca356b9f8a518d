/**
 * A time as node's utimes family must be told it: seconds as decimal text, because a negative number means "now"
 * there. The text names the double that libuv turns into the wanted nanosecond, or, where doubles are too far apart
 * for that (today's dates), one in the same microsecond. Exact to 1 µs from 1700 to 2500.
 */
export function utimesText(timeNs: bigint): string {
  // In two parts: as one number, today’s nanoseconds would be rounded to 256 of them first.
  const seconds = Number(timeNs / 1_000_000_000n) + Number(timeNs % 1_000_000_000n) / 1e9
  const step = seconds === 0 ? Number.MIN_VALUE : 2 ** (Math.floor(Math.log2(Math.abs(seconds))) - 52)
  let best = seconds
  let bestError = errorOf(seconds, timeNs)
  for (const candidate of [seconds + step, seconds - step]) {
    if (bestError === 0) break
    const error = errorOf(candidate, timeNs)
    if (error >= bestError) continue
    best = candidate
    bestError = error
  }
  return String(best)
}

/** How far off a double lands, in ns; another microsecond counts as further away than any other nanosecond. */
function errorOf(seconds: number, wantedNs: bigint): number {
  const whole = Math.trunc(seconds)
  const landsNs = BigInt(whole) * 1_000_000_000n + BigInt(Math.trunc((seconds - whole) * 1e9))
  const distance = Math.abs(Number(landsNs - wantedNs))
  return microsecondOf(landsNs) === microsecondOf(wantedNs) ? distance : distance + 1e6
}

function microsecondOf(timeNs: bigint): bigint {
  const micros = timeNs / 1000n
  return timeNs < 0n && timeNs % 1000n !== 0n ? micros - 1n : micros
}
