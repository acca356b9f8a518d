'use client'

import { type BandwidthLimit, formatBytes, Timetable } from '@holdfast/domain'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Plus, X } from 'lucide-react'
import { useState } from 'react'
import { Button } from '#web/parts/button.tsx'
import { Card } from '#web/parts/card.tsx'
import { Select, TextField } from '#web/parts/field.tsx'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { useTRPC, useTRPCClient } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'
import { LIMITS, limitName } from '#web/words/limit-words.ts'

type Row = Timetable[number]

/** What the machine may use of its connection, by time of day. */
export function Bandwidth({ owner }: { owner: boolean }) {
  const trpc = useTRPC()
  const status = useQuery(trpc.bandwidth.status.queryOptions())
  const [edited, setEdited] = useState<readonly Row[]>()
  const client = useTRPCClient()
  const queryClient = useQueryClient()
  const save = useMutation({
    mutationFn: (change: Parameters<typeof client.bandwidth.setTimetable.mutate>[0]) =>
      client.bandwidth.setTimetable.mutate(change),
    onSuccess: (answer) => {
      queryClient.setQueryData(trpc.bandwidth.status.queryKey(), answer)
      setEdited(undefined)
    },
  })
  if (status.data === undefined)
    return status.isError ? <ProblemCard problem={problemOf(status.error)} /> : null
  const { bytesPerSecond, timeZone } = status.data
  const rows = edited ?? status.data.timetable
  const wrong = Timetable.safeParse([...rows]).error?.issues[0]?.message
  const change = (index: number, row: Row) => setEdited(rows.map((one, i) => (i === index ? row : one)))
  return (
    <Card className="grid gap-4">
      <div>
        <h2>Bandwidth</h2>
        <p className="note mt-1">
          {bytesPerSecond === null
            ? 'Nothing is limited now.'
            : `Limited to ${formatBytes(bytesPerSecond)} a second now.`}
          {rows.length === 0 &&
            ' A limit by time of day keeps the connection free while people work. Without one, a backup uses all of it.'}
        </p>
      </div>
      {rows.map((row, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place; its time is being typed
        <div key={index} className="grid grid-cols-[1fr_1fr_auto] items-end gap-2">
          <TextField
            label="From"
            type="time"
            required
            disabled={!owner}
            value={row.at}
            onChange={(event) =>
              event.target.value !== '' && change(index, { ...row, at: event.target.value })
            }
          />
          <LimitSelect
            label="At most"
            value={row.bytesPerSecond}
            disabled={!owner}
            onChoose={(limit) => change(index, { ...row, bytesPerSecond: limit })}
          />
          {owner && (
            <Button
              aria-label={`Remove the limit from ${row.at}`}
              className="mb-1 min-w-11 px-0"
              onClick={() => setEdited(rows.filter((_, i) => i !== index))}
            >
              <X aria-hidden className="size-5" />
            </Button>
          )}
        </div>
      ))}
      {rows.length > 0 && <p className="caption">Times of {timeZone}. The last limit lasts past midnight.</p>}
      {wrong !== undefined && (
        <p role="alert" className="text-[14px] font-medium text-fail">
          {wrong}
        </p>
      )}
      {save.isError && <ProblemCard problem={problemOf(save.error)} />}
      {owner && (
        <div className="flex flex-wrap gap-2">
          <Button
            disabled={rows.length >= 24}
            onClick={() =>
              setEdited([...rows, rows.length === 0 ? { at: '08:00', bytesPerSecond: 1024 ** 2 } : LATER])
            }
          >
            <Plus aria-hidden className="size-5" /> Add a time
          </Button>
          {edited !== undefined && (
            <Button
              disabled={wrong !== undefined || save.isPending}
              onClick={() => save.mutate({ timetable: [...rows], timeZone })}
            >
              Save the limits
            </Button>
          )}
        </div>
      )}
    </Card>
  )
}

const LATER: Row = { at: '19:00', bytesPerSecond: null }

function LimitSelect({
  label,
  value,
  disabled,
  onChoose,
}: {
  label: string
  value: BandwidthLimit
  disabled?: boolean
  onChoose: (limit: BandwidthLimit) => void
}) {
  return (
    <Select
      label={label}
      value={String(value)}
      disabled={disabled}
      onChange={(event) =>
        onChoose([...LIMITS, value].find((limit) => String(limit) === event.target.value) ?? null)
      }
    >
      {[...new Set([...LIMITS, value])].map((limit) => (
        <option key={String(limit)} value={String(limit)}>
          {limitName(limit)}
        </option>
      ))}
    </Select>
  )
}
