'use client'

import { USUAL_REPORT_TIMES } from '@holdfast/domain'
import { Select, TextField } from '#web/parts/field.tsx'
import { TickRow } from '#web/parts/tick-row.tsx'
import type { Rules } from './rules-fields.tsx'

const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']
const DAYS = Array.from({ length: 28 }, (_, i) => i + 1)

/** Whether reports come every week and every month, and when. */
export function ReportFields({ rules, onChange }: { rules: Rules; onChange: (rules: Rules) => void }) {
  const wanted = rules.kinds.includes('digest')
  const { weekly, monthly } = wanted ? (rules.reports ?? USUAL_REPORT_TIMES) : { weekly: null, monthly: null }
  const set = (reports: NonNullable<Rules['reports']>) => {
    const others = rules.kinds.filter((kind) => kind !== 'digest')
    const some = reports.weekly !== null || reports.monthly !== null
    onChange({ ...rules, reports, kinds: some ? [...others, 'digest'] : others })
  }
  return (
    <fieldset className="grid gap-2">
      <legend className="text-[15px] font-semibold">Reports, also when all is well</legend>
      <TickRow
        title="Every week"
        text="What ran, what was proven, what went wrong in the seven days before."
        checked={weekly !== null}
        onChange={(on) => set({ monthly, weekly: on ? USUAL_REPORT_TIMES.weekly : null })}
      />
      {weekly !== null && (
        <fieldset className="grid grid-cols-2 gap-3">
          <legend className="sr-only">The weekly report</legend>
          <Select
            label="Weekday"
            value={weekly.weekday}
            onChange={(event) => set({ monthly, weekly: { ...weekly, weekday: Number(event.target.value) } })}
          >
            {WEEKDAYS.map((day, i) => (
              <option key={day} value={i + 1}>
                {day}
              </option>
            ))}
          </Select>
          <TextField
            label="Time"
            type="time"
            required
            value={weekly.time}
            onChange={(event) => set({ monthly, weekly: { ...weekly, time: event.target.value } })}
          />
        </fieldset>
      )}
      <TickRow
        title="Every month"
        text="The whole month before; a mail has it as a PDF too."
        checked={monthly !== null}
        onChange={(on) => set({ weekly, monthly: on ? USUAL_REPORT_TIMES.monthly : null })}
      />
      {monthly !== null && (
        <fieldset className="grid grid-cols-2 gap-3">
          <legend className="sr-only">The monthly report</legend>
          <Select
            label="Day"
            value={monthly.day}
            onChange={(event) => set({ weekly, monthly: { ...monthly, day: Number(event.target.value) } })}
          >
            {DAYS.map((day) => (
              <option key={day}>{day}</option>
            ))}
          </Select>
          <TextField
            label="Time"
            type="time"
            required
            value={monthly.time}
            onChange={(event) => set({ weekly, monthly: { ...monthly, time: event.target.value } })}
          />
        </fieldset>
      )}
      {(weekly !== null || monthly !== null) && (
        <p className="caption">The times are those of the machine that is backed up.</p>
      )}
    </fieldset>
  )
}
