import { formatAge, formatDuration, type LogLine, type ProtectionState } from '@holdfast/domain'
import { Box, Text } from 'ink'
import { createElement as h, type ReactElement } from 'react'
import { localTime } from '../local-time.ts'
import { plainText } from './plain-text.ts'
import { runLines, shareDone } from './run-lines.ts'
import { type Card, linesOfLog, type TopState } from './top-state.ts'

export const SMALLEST = { columns: 40, rows: 12 } as const

export type FrameOptions = {
  readonly columns: number
  /** Undefined for as many as it takes. */
  readonly rows: number | undefined
  readonly colours: boolean
  /** The last line: keys, a question, or what became of an act. */
  readonly footer: string
}

const MARKS: Record<ProtectionState, string> = { protected: '✓', 'at-risk': '!', failing: '✗', unknown: '?' }
const COLOURS = { protected: 'green', 'at-risk': 'yellow', failing: 'red', unknown: undefined } as const
const LEVEL_COLOURS = { debug: undefined, info: undefined, warn: 'yellow', error: 'red' } as const
const RUN_ROWS = 7
const LOG_ROWS_PLAIN = 10

/** Verdict, plans, the run of the chosen plan and the end of its log; nothing is said by colour alone. */
export function TopFrame({ state, ...options }: FrameOptions & { state: TopState }): ReactElement {
  const { columns, rows, footer } = options
  const { home } = state
  // What is left for plans, run and log when header, verdict, gaps and footer have their lines.
  const left = rows === undefined ? undefined : rows - 8
  const planRows =
    left === undefined ? home.plans.length : Math.min(home.plans.length, Math.max(1, left >> 1))
  const run = runLines(state, {
    columns,
    rows: left === undefined ? RUN_ROWS + 2 : Math.max(1, Math.min(RUN_ROWS, left - planRows)),
  })
  const logRows = left === undefined ? LOG_ROWS_PLAIN : Math.max(0, left - planRows - run.length)
  return h(
    Box,
    { flexDirection: 'column', width: columns, ...(rows === undefined ? {} : { height: rows }) },
    h(Header, { state, colours: options.colours }),
    h(Verdict, { state, ...options }),
    line('gap-1', ' '),
    h(Plans, { state, ...options, count: planRows }),
    line('gap-2', ' '),
    ...run.map((text, i) => line(`run-${i}`, text, { bold: i === 0 })),
    line('gap-3', ' '),
    ...logLines(newest(linesOfLog(state), logRows), { ...options, count: logRows }),
    ...(footer === ''
      ? []
      : [h(Box, { key: 'gap-4', flexGrow: 1 }), line('footer', footer, { inverse: true })]),
  )
}

function newest<T>(list: readonly T[], count: number): readonly T[] {
  return list.slice(Math.max(0, list.length - count))
}

/** The whole log, `back` lines before its end. */
export function LogFrame({
  state,
  back,
  ...options
}: FrameOptions & { state: TopState; back: number }): ReactElement {
  const { columns, rows = 24, footer } = options
  const lines = linesOfLog(state)
  const end = Math.max(0, lines.length - back)
  const count = rows - 2
  return h(
    Box,
    { flexDirection: 'column', width: columns, height: rows },
    line('title', `Log, lines ${Math.max(1, end - count + 1)} to ${end} of ${lines.length}`, { bold: true }),
    ...logLines(lines.slice(Math.max(0, end - count), end), { ...options, count }),
    h(Box, { key: 'gap', flexGrow: 1 }),
    line('footer', footer, { inverse: true }),
  )
}

type Style = { readonly bold?: boolean; readonly inverse?: boolean; readonly color?: string | undefined }

/** One line that never becomes two, and says nothing to the terminal but its text. */
export function line(key: string, text: string, { color, ...style }: Style = {}): ReactElement {
  const paint = color === undefined ? {} : { color }
  return h(
    Box,
    { key, height: 1, flexShrink: 0 },
    h(Text, { wrap: 'truncate-end', ...style, ...paint }, plainText(text)),
  )
}

function Header({ state, colours }: { state: TopState; colours: boolean }): ReactElement {
  const link = state.lost === undefined ? 'live' : 'connection lost, trying again'
  return h(
    Box,
    { height: 1, flexShrink: 0, justifyContent: 'space-between' },
    h(Text, { wrap: 'truncate-end', bold: true }, `Holdfast on ${plainText(state.home.machine)}`),
    h(Text, { wrap: 'truncate-end', ...(colours && state.lost !== undefined ? { color: 'red' } : {}) }, link),
  )
}

function Verdict({ state, colours, rows }: FrameOptions & { state: TopState }): ReactElement {
  const { verdict, notices } = state.home
  const color = colours ? COLOURS[verdict.state] : undefined
  const said = state.lost ?? notices.map(({ sentence, next }) => `${sentence} ${next}`)[0] ?? ''
  return h(
    Box,
    {
      flexDirection: 'column',
      flexShrink: 0,
      ...(rows === undefined ? {} : { height: 2, overflow: 'hidden' }),
    },
    line('verdict', `${MARKS[verdict.state]} ${verdict.sentence}`, { bold: true, color }),
    ...(said === '' ? [] : [line('said', said)]),
  )
}

function Plans(options: FrameOptions & { state: TopState; count: number }): ReactElement {
  const { state, columns, colours, count } = options
  const { plans } = state.home
  const at = Math.max(
    0,
    plans.findIndex(({ plan }) => plan.id === state.selected),
  )
  const from = Math.min(Math.max(0, at - (count >> 1)), plans.length - count)
  const widths = columnWidths(columns)
  const more = plans.length > count ? `plan (${at + 1} of ${plans.length})` : 'plan'
  return h(
    Box,
    { flexDirection: 'column', flexShrink: 0 },
    row('head', widths, [`  ${more}`, 'state', 'last', 'next', 'now'], {}),
    ...plans.slice(from, from + count).map((card) => {
      const isChosen = card.plan.id === state.selected
      const color = colours ? COLOURS[card.protection.state] : undefined
      const cells = cellsOf(card, state.home.now)
      return row(card.plan.id, widths, [`${isChosen ? '>' : ' '} ${cells[0]}`, ...cells.slice(1)], {
        bold: isChosen,
        color,
      })
    }),
  )
}

/** Narrow terminals leave out what comes next, then what was last. */
function columnWidths(columns: number): number[] {
  const [state, last, next, now] =
    columns >= 80 ? [13, 17, 16, 14] : columns >= 60 ? [13, 17, 0, 12] : [13, 0, 0, 8]
  return [columns - state - last - next - now, state, last, next, now]
}

function cellsOf({ plan, protection, ...card }: Card, now: Date): string[] {
  const { lastSnapshotAt, nextDueAt, running, waitsFor } = card
  const share = running?.state === 'running' ? shareDone(running.progress) : undefined
  const busy = share === undefined ? (running?.state ?? '') : `${Math.floor(share * 100)} %`
  const waits = waitsFor === undefined ? '' : waitsFor === 'ON_BATTERY' ? 'on battery' : 'on metered'
  return [
    plan.name,
    `${MARKS[protection.state]} ${protection.state}`,
    lastSnapshotAt === undefined ? 'never' : formatAge(now.getTime() - lastSnapshotAt.getTime()),
    plan.paused ? 'paused' : nextDueAt === undefined ? 'by hand' : untilText(nextDueAt, now),
    running === undefined ? waits : busy,
  ]
}

function untilText(due: Date, now: Date): string {
  const leftMs = due.getTime() - now.getTime()
  return leftMs <= 0 ? 'now' : `in ${formatDuration(leftMs)}`
}

function row(key: string, widths: readonly number[], cells: readonly string[], style: Style): ReactElement {
  return h(
    Box,
    { key, height: 1, flexShrink: 0 },
    ...cells.flatMap((text, i) => {
      const width = widths[i] ?? 0
      return width === 0 ? [] : [h(Box, { key: i, width, paddingRight: 1 }, line('cell', text, style))]
    }),
  )
}

function logLines(
  lines: readonly LogLine[],
  { colours, count }: FrameOptions & { count: number },
): ReactElement[] {
  if (count > 0 && lines.length === 0) return [line('no-log', 'No log lines.')]
  return lines.map(({ at, level, text }, i) =>
    line(`log-${i}`, `${localTime(at).slice(11)} ${level.padEnd(5)} ${text}`, {
      color: colours ? LEVEL_COLOURS[level] : undefined,
    }),
  )
}
