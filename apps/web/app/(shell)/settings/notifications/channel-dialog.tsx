'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Button } from '#web/parts/button.tsx'
import { Dialog } from '#web/parts/dialog.tsx'
import { TextField } from '#web/parts/field.tsx'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { TickRow } from '#web/parts/tick-row.tsx'
import { useTRPC, useTRPCClient } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'
import type { ChannelInfo } from '#web/trpc/types.ts'
import type { NewKind } from './channels.tsx'
import { MailFields } from './mail-fields.tsx'
import { PingFields } from './ping-fields.tsx'
import { type Rules, RulesFields, rulesOf, USUAL_RULES } from './rules-fields.tsx'
import { type Draft, draftOf, targetOf } from './target-draft.ts'
import { TestChannel } from './test-channel.tsx'
import { WebhookFields } from './webhook-fields.tsx'

const TITLES = { push: 'Push', mail: 'Mail', webhook: 'Chat or web', ping: 'Watcher' } as const
const ABOUT = {
  push: undefined,
  mail: 'Your mail provider’s page names the server. Many want an app password instead of your own.',
  webhook: 'ntfy, Slack, Discord, or any program of yours.',
  ping: 'A service such as healthchecks.io that speaks up when this machine falls silent.',
} as const

/** Makes, changes, tests or removes one channel. */
export function ChannelDialog(props: { channel?: ChannelInfo; kind?: NewKind; onClose: () => void }) {
  const { channel, onClose } = props
  const kind = channel?.kind ?? props.kind ?? 'mail'
  const trpc = useTRPC()
  const client = useTRPCClient()
  const queryClient = useQueryClient()
  const [rules, setRules] = useState<Rules>(() =>
    channel === undefined
      ? { ...USUAL_RULES, name: '', ...(kind === 'ping' ? { kinds: [] } : {}) }
      : rulesOf(channel),
  )
  const [draft, setDraft] = useState<Draft>(() => draftOf(kind, channel?.form))
  const done = async () => {
    await queryClient.invalidateQueries(trpc.know.pathFilter())
    onClose()
  }
  const save = useMutation({
    mutationFn: async () => {
      const target = targetOf(draft)
      const id = channel?.id
      if (target === undefined && id !== undefined) return await client.know.rules.mutate({ id, ...rules })
      if (target === undefined) throw new Error('A push is made by its own device.')
      return await client.know.save.mutate({ ...rules, target, ...(id === undefined ? {} : { id }) })
    },
    onSuccess: done,
  })
  const remove = useMutation({
    mutationFn: () => client.know.remove.mutate({ id: channel?.id ?? '' }),
    onSuccess: done,
  })
  const problem = save.isError ? problemOf(save.error) : remove.isError ? problemOf(remove.error) : undefined
  const fields = problem?.fields ?? {}
  const unplaced = problem !== undefined && Object.keys(fields).length === 0
  return (
    <Dialog
      open
      onOpenChange={(open) => open || onClose()}
      title={channel?.name ?? TITLES[kind]}
      {...(ABOUT[kind] === undefined ? {} : { description: ABOUT[kind] })}
    >
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          save.mutate()
        }}
      >
        <TextField
          label="Name"
          placeholder={kind === 'mail' ? 'Ann’s mail' : 'Family chat'}
          value={rules.name}
          problem={fields.name?.[0]}
          onChange={(event) => setRules({ ...rules, name: event.target.value })}
        />
        {draft.kind === 'mail' && (
          <MailFields draft={draft} known={channel !== undefined} problems={fields} onChange={setDraft} />
        )}
        {draft.kind === 'webhook' && (
          <WebhookFields draft={draft} known={channel} problems={fields} onChange={setDraft} />
        )}
        {draft.kind === 'ping' && (
          <PingFields draft={draft} known={channel !== undefined} problems={fields} onChange={setDraft} />
        )}
        {draft.kind !== 'push' && (
          <TickRow
            title="It is on this machine or its network"
            text="Addresses there are refused otherwise, so that nobody can make Holdfast knock at them."
            checked={draft.allowPrivate}
            onChange={(allowPrivate) => setDraft({ ...draft, allowPrivate })}
          />
        )}
        {draft.kind !== 'ping' && <RulesFields rules={rules} onChange={setRules} />}
        {channel !== undefined && (
          <TickRow
            title="Switched on"
            checked={rules.enabled}
            onChange={(enabled) => setRules({ ...rules, enabled })}
          />
        )}
        {unplaced && <ProblemCard problem={problem} />}
        <Button look="primary" size="main" type="submit" disabled={save.isPending || remove.isPending}>
          {save.isPending ? 'Saving…' : 'Save'}
        </Button>
      </form>
      {channel !== undefined && (
        <div className="flex flex-wrap gap-2 border-line border-t pt-3">
          <TestChannel channel={channel} />
          <Button look="danger" disabled={remove.isPending} onClick={() => remove.mutate()}>
            {remove.isPending ? 'Removing…' : 'Remove'}
          </Button>
        </div>
      )}
    </Dialog>
  )
}
