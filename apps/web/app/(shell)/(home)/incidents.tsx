'use client'

import { formatDuration, machineSubject } from '@holdfast/domain'
import { useQuery } from '@tanstack/react-query'
import { CircleCheck, CircleX, TriangleAlert } from 'lucide-react'
import { Card } from '#web/parts/card.tsx'
import { useNow } from '#web/parts/now.ts'
import { useTRPC } from '#web/trpc/client.ts'
import { useMachines } from '#web/trpc/machines-query.ts'
import type { Home, Incident } from '#web/trpc/types.ts'
import { dayAndTime } from '#web/words/moments.ts'

const SHOWN = 4
const RECENT_MS = 14 * 24 * 60 * 60 * 1000

/** What is wrong, and what was wrong lately and how long it lasted. Nothing when all was well. */
export function Incidents({ home }: { home: Home }) {
  const trpc = useTRPC()
  const now = useNow()
  const incidents = useQuery(trpc.know.incidents.queryOptions({ limit: 20 }))
  const others = useMachines()
  const names = new Map([
    ...home.plans.map(({ plan }) => [plan.id as string, plan.name] as const),
    ...(others.data ?? []).map(({ id, name }) => [machineSubject(id), name] as const),
  ])
  const shown = (incidents.data ?? [])
    .filter(({ recoveredAt }) => recoveredAt === null || now.getTime() - Date.parse(recoveredAt) < RECENT_MS)
    .slice(0, SHOWN)
  if (shown.length === 0) return null
  return (
    <Card>
      <h2>Incidents</h2>
      <ul className="mt-1 divide-y divide-line">
        {shown.map((incident) => (
          <IncidentRow
            key={incident.id}
            incident={incident}
            name={
              names.get(incident.subject) ??
              (incident.subject === 'machine' ? home.machine : 'Another machine')
            }
            now={now}
          />
        ))}
      </ul>
    </Card>
  )
}

function IncidentRow({ incident, name, now }: { incident: Incident; name: string; now: Date }) {
  const { code, openedAt, recoveredAt, severity, sentence, flapping } = incident
  const opened = new Date(openedAt)
  const lasted = formatDuration(
    (recoveredAt === null ? now : new Date(recoveredAt)).getTime() - opened.getTime(),
  )
  const over = recoveredAt !== null
  return (
    <li className="flex gap-3 py-2.5">
      {over ? (
        <CircleCheck aria-hidden className="mt-0.5 size-5 shrink-0 text-safe" />
      ) : severity === 'failing' ? (
        <CircleX aria-hidden className="mt-0.5 size-5 shrink-0 text-fail" />
      ) : (
        <TriangleAlert aria-hidden className="mt-0.5 size-5 shrink-0 text-risk" />
      )}
      <div className="min-w-0">
        <p className="font-medium leading-snug">
          {code === 'restarted'
            ? `${name} was started again`
            : over
              ? `${name} recovered after ${lasted}`
              : `${name} ${severity === 'failing' ? 'is failing' : 'is at risk'}`}
        </p>
        <p className="caption num">
          {over ? dayAndTime(new Date(recoveredAt), now) : `for ${lasted}`}
          {flapping ? ', it comes and goes' : ''}. {sentence}
        </p>
      </div>
    </li>
  )
}
