import { formatBytes, formatDuration, type Report } from '@holdfast/domain'
import { Line, Polyline, Rect, Text } from '@react-pdf/renderer'
import { createElement as h, type ReactNode } from 'react'
import { fontsFor } from './report-fonts.ts'

/** Parts for an SVG that is 500 wide. */
export type Chart = { readonly height: number; readonly parts: readonly ReactNode[] }

const SEA = '#0f6b6b'
const GRID = '#e3ddd2'
const SOFT = '#566569'
const LEFT = 56
const RIGHT = 496
const TOP = 8
const BASE = 108
const OUTCOMES: Readonly<Record<Report['year'][number]['outcome'], string>> = {
  ...{ complete: '#0b6e56', incomplete: '#b36b00', interrupted: '#b36b00', failed: '#b3372e' },
  ...{ cancelled: '#5c686b', skipped: '#5c686b', none: '#f0ece4' },
}

/** A square a day, a column a week, Monday first. */
export function calendarChart(year: Report['year']): Chart {
  const first = new Date(`${year[0]?.day ?? '2026-01-05'}T00:00:00Z`)
  const offset = (first.getUTCDay() + 6) % 7
  const pitch = 500 / 54
  const parts = year.flatMap(({ day, outcome }, i) => {
    const x = Math.floor((i + offset) / 7) * pitch
    const y = 14 + ((i + offset) % 7) * pitch
    const square = h(Rect, {
      key: day,
      x,
      y,
      width: pitch - 1.6,
      height: pitch - 1.6,
      rx: 1.5,
      fill: OUTCOMES[outcome],
    })
    return day.endsWith('-01') ? [label(`m${day}`, monthOf(day), x, 8), square] : [square]
  })
  return { height: 14 + 7 * pitch, parts }
}

/** A bar a day. */
export function daysChart(days: Report['days']): Chart {
  const most = Math.max(1, ...days.map(({ bytesAdded }) => bytesAdded))
  const step = (RIGHT - LEFT) / Math.max(1, days.length)
  const bars = days.map(({ day, bytesAdded }, i) => {
    const height = ((BASE - TOP) * bytesAdded) / most
    return h(Rect, {
      key: day,
      x: LEFT + i * step + step * 0.1,
      y: BASE - height,
      width: step * 0.8,
      height,
      fill: SEA,
    })
  })
  return { height: 126, parts: [...frame(most, formatBytes), ...bars, ...ends(days.map(({ day }) => day))] }
}

/** The line of what was sent in all, and a dashed one for the pace of the last month. */
export function growthChart({ growth, forecast }: Report): Chart {
  const ahead = forecast === null ? 0 : forecast.inDays
  const most = Math.max(1, growth.at(-1)?.bytes ?? 0, forecast?.bytes ?? 0)
  const x = (i: number) => LEFT + ((RIGHT - LEFT) * i) / Math.max(1, growth.length - 1 + ahead)
  const y = (bytes: number) => BASE - ((BASE - TOP) * bytes) / most
  const points = growth.map(({ bytes }, i) => `${x(i)},${y(bytes)}`).join(' ')
  const last = growth.length - 1
  const future =
    forecast === null
      ? []
      : [
          h(Line, {
            ...{
              key: 'ahead',
              x1: x(last),
              y1: y(growth.at(-1)?.bytes ?? 0),
              x2: x(last + ahead),
              y2: y(forecast.bytes),
            },
            ...{ stroke: SEA, strokeWidth: 1.2, strokeDasharray: '3 3' },
          }),
        ]
  const line = h(Polyline, { key: 'line', points, fill: 'none', stroke: SEA, strokeWidth: 1.6 })
  return {
    height: 126,
    parts: [...frame(most, formatBytes), line, ...future, ...ends(growth.map(({ day }) => day))],
  }
}

/** A dot a run. */
export function durationsChart({ durations, period }: Report): Chart {
  const most = Math.max(1000, ...durations.map(({ ms }) => ms))
  const span = period.to.getTime() - period.from.getTime()
  const dots = durations.map(({ at, ms, planId }, i) =>
    h(Rect, {
      ...{ key: `${planId} ${i}`, width: 3.4, height: 3.4, rx: 1.7, fill: SEA },
      x: LEFT + ((RIGHT - LEFT - 4) * (at.getTime() - period.from.getTime())) / span,
      y: BASE - ((BASE - TOP) * ms) / most - 1.7,
    }),
  )
  const days = [period.from, new Date(period.to.getTime() - 1)].map((at) =>
    new Intl.DateTimeFormat('en-CA', { dateStyle: 'short', timeZone: period.timeZone }).format(at),
  )
  return { height: 126, parts: [...frame(most, formatDuration), ...dots, ...ends(days)] }
}

function frame(most: number, words: (value: number) => string): ReactNode[] {
  return [0, 0.5, 1].flatMap((share) => {
    const y = BASE - (BASE - TOP) * share
    return [
      h(Line, { key: `l${share}`, x1: LEFT, y1: y, x2: RIGHT, y2: y, stroke: GRID, strokeWidth: 0.75 }),
      label(`t${share}`, words(most * share), 0, y + 3),
    ]
  })
}

function ends(days: readonly string[], end = RIGHT): ReactNode[] {
  const [first, last] = [days.at(0), days.at(-1)]
  if (first === undefined || last === undefined) return []
  return [label('first', first, LEFT, BASE + 14), label('last', last, end - 48, BASE + 14)]
}

function label(key: string, text: string, x: number, y: number): ReactNode {
  return h(Text, { key, x, y, style: { fontSize: 8, fontFamily: fontsFor('') }, fill: SOFT }, text)
}

function monthOf(day: string): string {
  return new Intl.DateTimeFormat('en', { month: 'short', timeZone: 'UTC' }).format(
    new Date(`${day}T00:00:00Z`),
  )
}
