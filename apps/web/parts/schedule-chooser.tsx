'use client'

import { scheduleProblem } from '@holdfast/domain'
import { type ScheduleChoice, scheduleOf, WEEKDAYS } from '#web/words/schedule-words.ts'
import { Choice } from './choice.tsx'
import { Select, TextField } from './field.tsx'
import { useNow } from './now.ts'

type ScheduleChooserProps = {
  readonly choice: ScheduleChoice
  readonly timeZone: string
  readonly onChoose: (choice: ScheduleChoice) => void
  /** What the agent said is wrong with it. */
  readonly problem?: string | undefined
}

/** When a plan runs by itself: in plain words, or by cron for experts. */
export function ScheduleChooser({ choice, timeZone, onChoose: choose, problem }: ScheduleChooserProps) {
  const now = useNow()
  const time = choice.kind === 'daily' || choice.kind === 'weekly' ? choice.time : '02:00'
  const schedule = scheduleOf(choice, timeZone)
  const wrong = scheduleProblem(schedule, now)
  return (
    <>
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
      <div className="grid gap-4 empty:hidden rail:grid-cols-2">
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
            problem={problem}
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
            problem={wrong ?? problem}
          />
        )}
      </div>
    </>
  )
}
