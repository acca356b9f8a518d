'use client'

import { ChevronLeft, ChevronRight, TriangleAlert } from 'lucide-react'
import { type KeyboardEvent, useState } from 'react'
import { Button } from '#web/parts/button.tsx'
import { cn } from '#web/parts/class-names.ts'
import { Dialog } from '#web/parts/dialog.tsx'
import type { Snapshot } from '#web/trpc/types.ts'
import { countOf, locale } from '#web/words/locale.ts'
import { timeOfDay } from '#web/words/moments.ts'
import {
  type CalendarDay,
  calendarWeeks,
  compareMonths,
  type Month,
  monthAfter,
  monthOf,
} from './calendar-days.ts'

type DayPickerProps = {
  /** Oldest first. */
  readonly snapshots: readonly Snapshot[]
  readonly selected: number
  readonly onSelect: (index: number) => void
  readonly onClose: () => void
}

const STEPS: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 }

/** A calendar of the days that have snapshots; a day with several asks which. */
export function DayPicker({ snapshots, selected, onSelect, onClose }: DayPickerProps) {
  const moments = snapshots.map(({ at }) => new Date(at))
  const chosen = moments[selected] ?? new Date(0)
  const [month, setMonth] = useState<Month>(monthOf(chosen))
  const [date, setDate] = useState(chosen.getDate())
  const first = monthOf(moments[0] ?? chosen)
  const last = monthOf(moments.at(-1) ?? chosen)
  const weeks = calendarWeeks(month, moments)
  const day = weeks.flat().find((one) => one?.date === date)
  const go = (count: number) => {
    setMonth(monthAfter(month, count))
    setDate(0)
  }
  const pick = (one: CalendarDay) => {
    const [only] = one.snapshots
    setDate(one.date)
    if (only === undefined || one.snapshots.length > 1) return
    onSelect(only)
    onClose()
  }
  const title = new Intl.DateTimeFormat(locale(), { month: 'long', year: 'numeric' })
  return (
    <Dialog open onOpenChange={(open) => open || onClose()} title="Choose a day">
      <div className="flex items-center justify-between">
        <Button
          size="icon"
          aria-label="Month before"
          disabled={compareMonths(month, first) <= 0}
          onClick={() => go(-1)}
        >
          <ChevronLeft aria-hidden className="size-5" />
        </Button>
        <h3 aria-live="polite" className="num font-semibold">
          {title.format(new Date(month.year, month.month, 1))}
        </h3>
        <Button
          size="icon"
          aria-label="Month after"
          disabled={compareMonths(month, last) >= 0}
          onClick={() => go(1)}
        >
          <ChevronRight aria-hidden className="size-5" />
        </Button>
      </div>
      <table
        className="w-full table-fixed border-separate border-spacing-y-1 text-center"
        onKeyDown={moveFocus}
      >
        <thead>
          <tr className="caption">
            {weekdays().map((name) => (
              <th key={name} scope="col" className="font-normal">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {weeks.map((week, number) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a week is known by its place
            <tr key={number}>
              {week.map((one, weekday) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: so is a day in it
                <td key={weekday} className="p-0">
                  {one !== undefined && (
                    <DayButton day={one} chosen={one.date === date} onPick={() => pick(one)} />
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {day !== undefined && day.snapshots.length > 0 && (
        <ul aria-label={countOf(day.snapshots.length, 'snapshot')} className="flex flex-wrap gap-2">
          {day.snapshots.map((index) => (
            <li key={index}>
              <Button
                className={cn('num', index === selected && 'border-sea bg-wash')}
                aria-current={index === selected ? 'true' : undefined}
                onClick={() => {
                  onSelect(index)
                  onClose()
                }}
              >
                {timeOfDay(snapshots[index]?.at ?? '')}
                {snapshots[index]?.outcome !== 'complete' && (
                  <TriangleAlert aria-label="incomplete" className="size-4 text-risk" />
                )}
              </Button>
            </li>
          ))}
        </ul>
      )}
    </Dialog>
  )
}

function DayButton({ day, chosen, onPick }: { day: CalendarDay; chosen: boolean; onPick: () => void }) {
  const count = day.snapshots.length
  if (count === 0)
    return <span className="num flex min-h-11 items-center justify-center text-soft">{day.date}</span>
  return (
    <button
      type="button"
      data-date={day.date}
      aria-label={`${day.date}: ${countOf(count, 'snapshot')}`}
      aria-current={chosen ? 'date' : undefined}
      onClick={onPick}
      className={cn(
        'num grid min-h-11 w-full min-w-11 place-content-center rounded-xl font-semibold hover:bg-wash',
        chosen && 'bg-sea text-on-sea hover:bg-sea',
      )}
    >
      {day.date}
      <span aria-hidden className="flex justify-center gap-0.5">
        {Array.from({ length: Math.min(3, count) }, (_, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: dots are all alike
          <span key={i} className={cn('size-1 rounded-full bg-sea', chosen && 'bg-on-sea')} />
        ))}
      </span>
    </button>
  )
}

/** Arrow keys go to the next day that has snapshots, in days or weeks. */
function moveFocus(event: KeyboardEvent<HTMLTableElement>): void {
  const step = STEPS[event.key]
  const here = event.target instanceof HTMLElement ? Number(event.target.dataset.date) : Number.NaN
  if (step === undefined || Number.isNaN(here)) return
  event.preventDefault()
  const days = [...event.currentTarget.querySelectorAll<HTMLButtonElement>('button[data-date]')]
  for (let date = here + step; date >= 1 && date <= 31; date += step) {
    const next = days.find((button) => button.dataset.date === String(date))
    if (next === undefined) continue
    next.focus()
    return
  }
}

/** Mon to Sun, in the reader's kind of English. */
function weekdays(): string[] {
  const format = new Intl.DateTimeFormat(locale(), { weekday: 'short', timeZone: 'UTC' })
  return Array.from({ length: 7 }, (_, i) => format.format(Date.UTC(2024, 0, 1 + i)))
}
