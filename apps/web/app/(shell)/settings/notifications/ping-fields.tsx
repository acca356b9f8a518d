import { Select, TextField } from '#web/parts/field.tsx'
import { useHome } from '#web/trpc/home-query.ts'
import type { Problem } from '#web/trpc/problem.ts'
import type { PingDraft } from './target-draft.ts'

/** An address that is called when a run starts and ends. */
export function PingFields(props: {
  draft: PingDraft
  known: boolean
  problems: Problem['fields']
  onChange: (draft: PingDraft) => void
}) {
  const { draft, problems, onChange } = props
  const home = useHome()
  return (
    <>
      <TextField
        label="Address"
        type="url"
        inputMode="url"
        placeholder="https://hc-ping.com/…"
        note={
          props.known
            ? 'Leave it empty to keep the one that is stored.'
            : 'Called with /start when a run begins, as it is when it went well, and with /fail when not.'
        }
        value={draft.url}
        problem={problems['target.url']?.[0] && 'An address that begins with https:// or http://, please.'}
        onChange={(event) => onChange({ ...draft, url: event.target.value })}
      />
      <Select
        label="For the runs of"
        value={draft.planId ?? ''}
        onChange={(event) =>
          onChange({ ...draft, planId: event.target.value === '' ? null : event.target.value })
        }
      >
        <option value="">Every plan</option>
        {home.data?.plans.map(({ plan }) => (
          <option key={plan.id} value={plan.id}>
            {plan.name}
          </option>
        ))}
      </Select>
    </>
  )
}
