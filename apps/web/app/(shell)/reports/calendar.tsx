'use client'

import { formatBytes } from '@holdfast/domain'
import { useEffect, useRef } from 'react'
import { DataTable } from '#web/parts/data-table.tsx'
import type { Report } from '#web/trpc/types.ts'
import { countOf } from '#web/words/locale.ts'

type Days = Report['year']
type Outcome = Days[number]['outcome']

const CELL = 13
const PITCH = 16
const LEFT = 30
const TOP = 18
const LOOKS: Readonly<Record<Outcome, { fill: string; mark: string | undefined; word: string }>> = {
  complete: { fill: 'fill-safe', mark: undefined, word: 'complete' },
  incomplete: { fill: 'fill-risk-mark', mark: '–', word: 'incomplete' },
  interrupted: { fill: 'fill-risk-mark', mark: '–', word: 'interrupted' },
  failed: { fill: 'fill-fail', mark: '×', word: 'failed' },
  cancelled: { fill: 'fill-unknown', mark: undefined, word: 'cancelled' },
  skipped: { fill: 'fill-unknown', mark: undefined, word: 'skipped' },
  none: { fill: 'fill-none stroke-line', mark: undefined, word: 'nothing ran' },
}
const LEGEND: readonly Outcome[] = ['complete', 'incomplete', 'failed', 'none']

/** A year of days in columns of weeks, Monday first; colour and mark say the worst outcome. Newest at the end. */
export function Calendar({ days }: { days: Days }) {
  const scroller = useRef<HTMLElement>(null)
  useEffect(() => {
    const box = scroller.current
    if (box !== null) box.scrollLeft = box.scrollWidth
  }, [])
  const [first] = days
  if (first === undefined) return null
  const offset = weekday(first.day)
  const weeks = Math.ceil((days.length + offset) / 7)
  return (
    <>
      <p className="note mt-0.5">{sentenceOf(days)}</p>
      <section
        ref={scroller}
        className="mt-3 overflow-x-auto"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard.
        tabIndex={0}
        aria-label="Calendar of twelve months"
      >
        <svg role="img" aria-label={sentenceOf(days)} width={LEFT + weeks * PITCH} height={TOP + 7 * PITCH}>
          {['Mon', 'Wed', 'Fri'].map((name, i) => (
            <text key={name} x={0} y={TOP + i * 2 * PITCH + CELL - 2} className="fill-soft text-[11px]">
              {name}
            </text>
          ))}
          {days.map((day, i) => {
            const { fill, mark } = LOOKS[day.outcome]
            const x = LEFT + Math.floor((i + offset) / 7) * PITCH
            const y = TOP + ((i + offset) % 7) * PITCH
            return (
              <g key={day.day}>
                {day.day.endsWith('-01') && (
                  <text x={x} y={12} className="fill-soft text-[11px]">
                    {monthName(day.day)}
                  </text>
                )}
                <rect x={x + 0.5} y={y + 0.5} width={CELL - 1} height={CELL - 1} rx={3} className={fill}>
                  <title>{wordsOf(day)}</title>
                </rect>
                {mark !== undefined && (
                  <text
                    x={x + CELL / 2}
                    y={y + CELL - 2.5}
                    textAnchor="middle"
                    className="fill-card font-bold text-[11px]"
                  >
                    {mark}
                  </text>
                )}
              </g>
            )
          })}
        </svg>
      </section>
      <ul className="caption mt-2 flex flex-wrap gap-x-4 gap-y-1">
        {LEGEND.map((outcome) => (
          <li key={outcome} className="flex items-center gap-1.5">
            <svg aria-hidden width={CELL} height={CELL}>
              <rect
                x={0.5}
                y={0.5}
                width={CELL - 1}
                height={CELL - 1}
                rx={3}
                className={LOOKS[outcome].fill}
              />
              {LOOKS[outcome].mark !== undefined && (
                <text
                  x={CELL / 2}
                  y={CELL - 2.5}
                  textAnchor="middle"
                  className="fill-card font-bold text-[11px]"
                >
                  {LOOKS[outcome].mark}
                </text>
              )}
            </svg>
            {LOOKS[outcome].word}
          </li>
        ))}
      </ul>
      <DataTable
        title="Days on which something ran"
        head={['Day', 'Worst outcome', 'Runs', 'Added']}
        rows={days
          .filter(({ runs }) => runs > 0)
          .toReversed()
          .map(({ day, outcome, runs, bytesAdded }) => [
            day,
            LOOKS[outcome].word,
            String(runs),
            formatBytes(bytesAdded),
          ])}
      />
    </>
  )
}

function sentenceOf(days: Days): string {
  const ran = days.filter(({ runs }) => runs > 0)
  if (ran.length === 0) return 'Nothing ran in these twelve months.'
  const good = ran.filter(({ outcome }) => outcome === 'complete').length
  const well = good === ran.length ? 'all went well' : `on ${good} of them all went well`
  return `Something ran on ${countOf(ran.length, 'day')}, and ${well}.`
}

function wordsOf({ day, outcome, runs, bytesAdded }: Days[number]): string {
  if (runs === 0) return `${day}: nothing ran`
  return `${day}: ${LOOKS[outcome].word}, ${countOf(runs, 'run')}, ${formatBytes(bytesAdded)} added`
}

/** 0 for Monday. */
function weekday(day: string): number {
  return (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7
}

function monthName(day: string): string {
  return new Intl.DateTimeFormat('en', { month: 'short', timeZone: 'UTC' }).format(
    new Date(`${day}T00:00:00Z`),
  )
}
