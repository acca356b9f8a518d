'use client'

import { formatBytes, formatDuration } from '@holdfast/domain'
import type { ReactNode } from 'react'
import {
  Area,
  AreaChart,
  Bar,
  BarChart,
  CartesianGrid,
  ResponsiveContainer,
  Scatter,
  ScatterChart,
  Tooltip,
  XAxis,
  YAxis,
} from 'recharts'
import { Card } from '#web/parts/card.tsx'
import { DataTable } from '#web/parts/data-table.tsx'
import type { Report } from '#web/trpc/types.ts'
import { countOf } from '#web/words/locale.ts'

const AXIS = { stroke: 'var(--edge)', tick: { fill: 'var(--soft)', fontSize: 12 }, tickLine: false } as const
/** Nothing in it takes the focus: its table says the same. */
const CHART = { margin: { top: 16, right: 8, bottom: 0, left: 0 }, accessibilityLayer: false } as const
const TIP = {
  contentStyle: {
    background: 'var(--card)',
    border: '1px solid var(--line)',
    borderRadius: 12,
    color: 'var(--ink)',
  },
  labelStyle: { color: 'var(--soft)' },
} as const

/** Data per day, growth and durations. Loaded apart from the page: the library is big. */
export function Charts({ report }: { report: Report }) {
  return (
    <div className="grid gap-6 side:grid-cols-2">
      <PerDay report={report} />
      <Growth report={report} />
      <Durations report={report} />
    </div>
  )
}

function PerDay({ report: { days } }: { report: Report }) {
  const total = days.reduce((sum, { bytesAdded }) => sum + bytesAdded, 0)
  const most = days.toSorted((a, b) => b.bytesAdded - a.bytesAdded)[0]
  const sentence =
    total === 0
      ? 'Nothing was added in this time.'
      : `${formatBytes(total)} in all, most on ${dayName(most?.day ?? '')}.`
  return (
    <Chart title="Data added per day" sentence={sentence}>
      <BarChart data={[...days]} {...CHART}>
        <CartesianGrid stroke="var(--line)" vertical={false} />
        <XAxis dataKey="day" tickFormatter={dayName} minTickGap={24} {...AXIS} />
        <YAxis tickFormatter={axisBytes} width={70} {...AXIS} />
        <Tooltip
          {...TIP}
          cursor={{ fill: 'var(--wash)' }}
          labelFormatter={(day) => dayName(String(day))}
          formatter={(bytes) => [formatBytes(Number(bytes)), 'added']}
        />
        <Bar dataKey="bytesAdded" fill="var(--sea)" radius={[4, 4, 0, 0]} isAnimationActive={false} />
      </BarChart>
      <DataTable
        title="Data added per day"
        head={['Day', 'Added', 'Runs']}
        rows={days
          .filter(({ runs }) => runs > 0)
          .map(({ day, bytesAdded, runs }) => [day, formatBytes(bytesAdded), String(runs)])}
      />
    </Chart>
  )
}

function Growth({ report: { growth, forecast } }: { report: Report }) {
  const first = growth.findIndex(({ bytes }) => bytes > 0)
  const shown = first === -1 ? [] : growth.slice(Math.max(0, first - 1))
  const last = growth.at(-1)?.bytes ?? 0
  const ahead =
    forecast === null
      ? 'There is too little to look ahead from.'
      : `At this pace ${formatBytes(forecast.bytes)} in ${forecast.inDays} days.`
  return (
    <Chart
      title="Sent to vaults, added up"
      sentence={`${formatBytes(last)} so far, what was forgotten since included. ${ahead}`}
    >
      <AreaChart data={shown} {...CHART}>
        <CartesianGrid stroke="var(--line)" vertical={false} />
        <XAxis dataKey="day" tickFormatter={dayName} minTickGap={32} {...AXIS} />
        <YAxis tickFormatter={axisBytes} width={70} {...AXIS} />
        <Tooltip
          {...TIP}
          labelFormatter={(day) => dayName(String(day))}
          formatter={(bytes) => [formatBytes(Number(bytes)), 'in all']}
        />
        <Area
          dataKey="bytes"
          type="stepAfter"
          stroke="var(--sea)"
          strokeWidth={2}
          fill="var(--wash)"
          isAnimationActive={false}
        />
      </AreaChart>
      <DataTable
        title="Growth by month"
        head={['Day', 'In all']}
        rows={shown
          .filter(({ day }, i) => day.endsWith('-01') || i === shown.length - 1)
          .map(({ day, bytes }) => [day, formatBytes(bytes)])}
      />
    </Chart>
  )
}

function Durations({ report: { durations, plans } }: { report: Report }) {
  const names = new Map(plans.map(({ id, name }) => [id as string, name]))
  const points = durations.map(({ at, ms, planId }) => ({
    at: Date.parse(at),
    ms,
    plan: names.get(planId) ?? planId,
  }))
  const longest = Math.max(0, ...points.map(({ ms }) => ms))
  const sentence =
    points.length === 0
      ? 'No run left a snapshot in this time.'
      : `${countOf(points.length, 'run')}, the longest took ${formatDuration(longest)}.`
  return (
    <Chart title="How long runs took" sentence={sentence}>
      <ScatterChart {...CHART}>
        <CartesianGrid stroke="var(--line)" vertical={false} />
        <XAxis
          dataKey="at"
          type="number"
          scale="time"
          domain={['dataMin', 'dataMax']}
          tickFormatter={(at) => dayName(new Date(Number(at)).toISOString().slice(0, 10))}
          minTickGap={32}
          {...AXIS}
        />
        <YAxis dataKey="ms" tickFormatter={axisTime} width={70} {...AXIS} />
        <Tooltip
          {...TIP}
          formatter={(value, name) =>
            name === 'ms'
              ? [formatDuration(Number(value)), 'took']
              : [new Date(Number(value)).toLocaleString(), 'ended']
          }
        />
        <Scatter data={points} fill="var(--sea)" isAnimationActive={false} />
      </ScatterChart>
      <DataTable
        title="Durations"
        head={['Ended', 'Plan', 'Took']}
        rows={points
          .toReversed()
          .map(({ at, plan, ms }) => [new Date(at).toLocaleString(), plan, formatDuration(ms)])}
      />
    </Chart>
  )
}

/** A title, a sentence, the chart, and its numbers. */
function Chart({
  title,
  sentence,
  children,
}: {
  title: string
  sentence: string
  children: readonly [ReactNode, ReactNode]
}) {
  const [chart, table] = children
  return (
    <Card>
      <h2>{title}</h2>
      <p className="note mt-0.5">{sentence}</p>
      <div aria-hidden className="mt-3 h-56 min-w-0">
        <ResponsiveContainer width="100%" height="100%">
          {chart}
        </ResponsiveContainer>
      </div>
      {table}
    </Card>
  )
}

/** On one line: an axis breaks at every space. */
const axisBytes = (bytes: number) => formatBytes(bytes).replaceAll(' ', '\u00a0')
const axisTime = (ms: number) => formatDuration(ms).replaceAll(' ', '\u00a0')

function dayName(day: string): string {
  if (day === '') return ''
  return new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', timeZone: 'UTC' }).format(
    new Date(`${day}T00:00:00Z`),
  )
}
