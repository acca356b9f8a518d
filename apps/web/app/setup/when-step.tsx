'use client'

import { nextDue, scheduleProblem } from '@holdfast/domain'
import { useQuery } from '@tanstack/react-query'
import { Card } from '#web/parts/card.tsx'
import { useNow } from '#web/parts/now.ts'
import { ScheduleChooser } from '#web/parts/schedule-chooser.tsx'
import { TickRow } from '#web/parts/tick-row.tsx'
import { useTRPC } from '#web/trpc/client.ts'
import type { Schedule } from '#web/trpc/types.ts'
import { dayAndTime } from '#web/words/moments.ts'
import { scheduleOf, scheduleWords } from '#web/words/schedule-words.ts'
import type { StepProps } from './steps.tsx'

const NEXT_SHOWN = 3

/** When it runs by itself: in plain words, by cron for experts, and what that means next. */
export function WhenStep({ draft, change, problems }: StepProps) {
  const schedule = scheduleOf(draft.schedule, draft.timeZone)
  const now = useNow()
  const wrong = scheduleProblem(schedule, now)
  return (
    <>
      <div>
        <h1>When should it run?</h1>
        <p className="mt-2 text-soft">
          If the machine is off at that time, it runs once when it is back. A run with few changes takes
          moments.
        </p>
      </div>
      <ScheduleChooser
        choice={draft.schedule}
        timeZone={draft.timeZone}
        onChoose={(schedule) => change({ schedule })}
        problem={problems.schedule}
      />
      <StartsRow checked={draft.starts} onChange={(starts) => change({ starts })} />
      {wrong === undefined && <NextTimes schedule={schedule} now={now} timeZone={draft.timeZone} />}
    </>
  )
}

/** Offered where the machine can start Holdfast and does not yet; Settings has it for later. */
function StartsRow(props: { checked: boolean; onChange: (checked: boolean) => void }) {
  const trpc = useTRPC()
  const { data } = useQuery(trpc.service.status.queryOptions())
  if (data?.kind === 'unsupported')
    return <p className="note">{data.sentence} Settings has it, once the first backup is made.</p>
  if (data?.kind !== 'systemd' || data.enabled) return null
  return (
    <Card className="py-2">
      <TickRow
        title="Start with this machine"
        text="So that backups go on after a restart. Settings can take it back."
        {...props}
      />
    </Card>
  )
}

function NextTimes({ schedule, now, timeZone }: { schedule: Schedule; now: Date; timeZone: string }) {
  if (schedule.kind === 'manual')
    return (
      <p className="note">
        Nothing runs by itself. The home screen warns when the last copy is older than a week.
      </p>
    )
  return (
    <Card>
      <h2>Runs {scheduleWords(schedule)}</h2>
      <p className="note mt-0.5">The first backup starts right away. After that:</p>
      <ol className="num mt-2 grid gap-1 text-[15px]">
        {nextTimes(schedule, now).map((at) => (
          <li key={at.getTime()} className="first-letter:uppercase">
            {dayAndTime(at, now, timeZone)}
          </li>
        ))}
      </ol>
      <p className="caption mt-2">Times of the machine ({timeZone}).</p>
    </Card>
  )
}

function nextTimes(schedule: Schedule, now: Date): Date[] {
  const times: Date[] = []
  let after: Date | undefined = now
  while (times.length < NEXT_SHOWN) {
    after = nextDue(schedule, after)
    if (after === undefined) break
    times.push(after)
  }
  return times
}
