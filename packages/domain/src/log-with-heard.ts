import type { LogLevel } from './run.ts'

/**
 * A log as it was fetched, with the lines that were heard one by one: one that came while the answer was on its way may
 * stand in that or not. The answer may be the newest lines only; older ones that were heard stay before it.
 */
export function logWithHeard<Line extends { at: string | Date; level: LogLevel; text: string }>(
  fetched: readonly Line[],
  heard: readonly Line[],
): Line[] {
  const keyOf = ({ at, level, text }: Line) => JSON.stringify([at, level, text])
  const left = new Map<string, number>()
  for (const line of fetched) left.set(keyOf(line), (left.get(keyOf(line)) ?? 0) + 1)
  const others = heard.filter((line) => {
    const times = left.get(keyOf(line)) ?? 0
    left.set(keyOf(line), times - 1)
    return times <= 0
  })
  const [first] = fetched
  const isOlder = (line: Line) => first !== undefined && new Date(line.at) < new Date(first.at)
  return [...others.filter(isOlder), ...fetched, ...others.filter((line) => !isOlder(line))]
}
