'use client'

import { formatDuration, MINUTE_MS, scheduleProblem, WHEN_ON_PERIODS } from '@holdfast/domain'
import { type ScheduleChoice, scheduleOf, WEEKDAYS } from '#web/words/schedule-words.ts'
import { Choice } from './choice.tsx'
import { Select, TextField } from './field.tsx'
import { useNow } from './now.ts'

type ScheduleChooserProps = {
  readonly choice: ScheduleChoice
  readonly timeZone: string
  readonly onChoose: (choice: ScheduleChoice) => void
  /** How many minutes later a run may start; left out where it is not asked. */
  readonly delay?: { readonly minutes: number; readonly onChoose: (minutes: number) => void } | undefined
  /** What the agent said is wrong with it. */
  readonly problem?: string | undefined
}

const DELAYS = [0, 5, 15, 30, 60, 120]

/** When a plan runs by itself: in plain words, or by cron for experts. */
export function ScheduleChooser({
  choice,
  timeZone,
  onChoose: choose,
  delay,
  problem,
}: ScheduleChooserProps) {
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
          title="When the machine is on"
          text="Once a day, as soon as it is. Time off never counts as overdue."
          checked={choice.kind === 'when-on'}
          onChoose={() => choose({ kind: 'when-on', every: 'day' })}
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
        {choice.kind === 'when-on' && (
          <Select
            label="How often"
            value={choice.every}
            onChange={(event) => {
              const every = WHEN_ON_PERIODS.find((one) => one === event.target.value)
              if (every !== undefined) choose({ kind: 'when-on', every })
            }}
          >
            {WHEN_ON_PERIODS.map((every) => (
              <option key={every} value={every}>
                Once each {every}
              </option>
            ))}
          </Select>
        )}
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
        {delay !== undefined && choice.kind !== 'manual' && (
          <Select
            label="Random delay"
            note="Spreads the starts of many machines. One due time always has the same delay."
            value={delay.minutes}
            onChange={(event) => delay.onChoose(Number(event.target.value))}
          >
            {[...new Set([...DELAYS, delay.minutes])].map((minutes) => (
              <option key={minutes} value={minutes}>
                {minutes === 0 ? 'None' : `Up to ${formatDuration(minutes * MINUTE_MS)}`}
              </option>
            ))}
          </Select>
        )}
      </div>
    </>
  )
}
