import { USUAL_SILENCE_HOURS } from '@holdfast/domain'
import { Select } from '#web/parts/field.tsx'
import { silenceWords } from '#web/words/machine-words.ts'

const HOURS: readonly number[] = [2, 6, 12, USUAL_SILENCE_HOURS, 48, 72, 168]

/** How long another machine may be silent before somebody is told. */
export function SilenceSelect({ hours, onChoose }: { hours: number; onChoose: (hours: number) => void }) {
  const choices = HOURS.includes(hours) ? HOURS : [...HOURS, hours].toSorted((a, b) => a - b)
  return (
    <Select
      label="Tell me when it is silent for"
      note="A machine that sleeps at night needs more than a night."
      value={hours}
      onChange={(event) => onChoose(Number(event.target.value))}
    >
      {choices.map((one) => (
        <option key={one} value={one}>
          {silenceWords(one)}
        </option>
      ))}
    </Select>
  )
}
