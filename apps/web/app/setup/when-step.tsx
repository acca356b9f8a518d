'use client'

import { nextDue, scheduleProblem } from '@holdfast/domain'
import { Card } from '#web/parts/card.tsx'
import { Choice } from '#web/parts/choice.tsx'
import { Select, TextField } from '#web/parts/field.tsx'
import { useNow } from '#web/parts/now.ts'
import type { Schedule } from '#web/trpc/types.ts'
import { dayAndTime } from '#web/words/moments.ts'
import { type ScheduleChoice, scheduleOf, scheduleWords, WEEKDAYS } from '#web/words/schedule-words.ts'
import type { StepProps } from './setup.tsx'

const NEXT_SHOWN = 3

/** When it runs by itself: in plain words, by cron for experts, and what that means next. */
export function WhenStep({ draft, change, problems }: StepProps) {
  const choice = draft.schedule
  const choose = (schedule: ScheduleChoice) => change({ schedule })
  const time = choice.kind === 'daily' || choice.kind === 'weekly' ? choice.time : '02:00'
  const schedule = scheduleOf(choice, draft.timeZone)
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
      <fieldset className="grid gap-2.5">
        <legend className="sr-only">Schedule</legend>
        <Choice
          name="when"
          title="Every hour"
          checked={choice.kind === 'hourly'}
          onChoose={() => choose({ kind: 'hourly' })}
        />
        <Choice
          name="when"
          title="Every day"
          checked={choice.kind === 'daily'}
          onChoose={() => choose({ kind: 'daily', time })}
        />
        <Choice
          name="when"
          title="Every week"
          checked={choice.kind === 'weekly'}
          onChoose={() => choose({ kind: 'weekly', weekday: 0, time })}
        />
        <Choice
          name="when"
          title="Only by hand"
          checked={choice.kind === 'manual'}
          onChoose={() => choose({ kind: 'manual' })}
        />
        <Choice
          name="when"
          title="By cron, for experts"
          checked={choice.kind === 'cron'}
          onChoose={() =>
            choose({ kind: 'cron', cron: schedule.kind === 'cron' ? schedule.cron : '0 2 * * *' })
          }
        />
      </fieldset>
      <div className="grid gap-4 rail:grid-cols-2">
        {choice.kind === 'weekly' && (
          <Select
            label="Day"
            value={choice.weekday}
            onChange={(event) => choose({ ...choice, weekday: Number(event.target.value) })}
          >
            {WEEKDAYS.map((name, weekday) => (
              <option key={name} value={weekday}>
                {name}
              </option>
            ))}
          </Select>
        )}
        {(choice.kind === 'daily' || choice.kind === 'weekly') && (
          <TextField
            label="Time"
            type="time"
            required
            value={choice.time}
            onChange={(event) => event.target.value !== '' && choose({ ...choice, time: event.target.value })}
            problem={problems.schedule}
          />
        )}
        {choice.kind === 'cron' && (
          <TextField
            label="Cron expression"
            note="Minute, hour, day, month, weekday."
            value={choice.cron}
            onChange={(event) => choose({ kind: 'cron', cron: event.target.value })}
            className="font-mono"
            autoCapitalize="none"
            spellCheck={false}
            problem={wrong ?? problems.schedule}
          />
        )}
      </div>
      {wrong === undefined && <NextTimes schedule={schedule} now={now} timeZone={draft.timeZone} />}
    </>
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
