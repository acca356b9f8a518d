import { Select, TextField } from '#web/parts/field.tsx'
import type { Problem } from '#web/trpc/problem.ts'
import type { ChannelInfo } from '#web/trpc/types.ts'
import type { WebhookDraft } from './target-draft.ts'

const SECRETS: Readonly<Record<WebhookDraft['format'], { label: string; note: string } | undefined>> = {
  ntfy: { label: 'Access token', note: 'Only if your topic needs one.' },
  slack: undefined,
  discord: undefined,
  json: {
    label: 'Secret',
    note: 'With one, each message carries Holdfast-Timestamp and Holdfast-Signature, an HMAC-SHA256 of time and body.',
  },
}
const EXAMPLES: Readonly<Record<WebhookDraft['format'], string>> = {
  ntfy: 'https://ntfy.sh/your-topic',
  slack: 'https://hooks.slack.com/services/…',
  discord: 'https://discord.com/api/webhooks/…',
  json: 'https://example.org/backups',
}

/** A chat or a program that takes messages over the web. */
export function WebhookFields(props: {
  draft: WebhookDraft
  known: ChannelInfo | undefined
  problems: Problem['fields']
  onChange: (draft: WebhookDraft) => void
}) {
  const { draft, known, problems, onChange } = props
  const secret = SECRETS[draft.format]
  return (
    <>
      <Select
        label="What it is"
        value={draft.format}
        onChange={(event) => onChange({ ...draft, format: event.target.value as WebhookDraft['format'] })}
      >
        <option value="ntfy">ntfy</option>
        <option value="slack">Slack</option>
        <option value="discord">Discord</option>
        <option value="json">Something else (JSON)</option>
      </Select>
      <TextField
        label="Address"
        type="url"
        inputMode="url"
        placeholder={EXAMPLES[draft.format]}
        note={known && `Leave it empty to keep the one at ${known.goesTo}.`}
        value={draft.url}
        problem={problems['target.url']?.[0] && 'An address that begins with https:// or http://, please.'}
        onChange={(event) => onChange({ ...draft, url: event.target.value })}
      />
      {secret !== undefined && (
        <TextField
          label={secret.label}
          type="password"
          autoComplete="off"
          note={
            known?.form.hasSecret === true ? 'Leave it empty to keep the one that is stored.' : secret.note
          }
          value={draft.secret}
          onChange={(event) => onChange({ ...draft, secret: event.target.value })}
        />
      )}
    </>
  )
}
