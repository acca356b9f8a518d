'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { BellRing } from 'lucide-react'
import { useEffect, useId, useState } from 'react'
import { Button } from '#web/parts/button.tsx'
import { Card } from '#web/parts/card.tsx'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { Switch } from '#web/parts/switch.tsx'
import { useTRPC, useTRPCClient } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'
import type { ChannelInfo } from '#web/trpc/types.ts'
import { ChannelRules } from './channel-rules.tsx'
import { canPush, type PushState, subscribeHere, unsubscribeHere } from './push-here.ts'
import { TestChannel } from './test-channel.tsx'

/** Pushes to the device in the hand: on, off, what, and when. */
export function ThisDevice({ channel }: { channel: ChannelInfo | undefined }) {
  const trpc = useTRPC()
  const client = useTRPCClient()
  const queryClient = useQueryClient()
  const [state, setState] = useState<PushState>()
  const [editing, setEditing] = useState(false)
  const note = useId()
  useEffect(() => setState(canPush()), [])
  const refresh = () => queryClient.invalidateQueries(trpc.know.pathFilter())
  const change = useMutation({
    mutationFn: async (on: boolean) => {
      if (!on) {
        await unsubscribeHere()
        return await client.know.noPushHere.mutate()
      }
      const key = await client.know.vapidKey.query()
      await client.know.pushHere.mutate(await subscribeHere(key))
    },
    onSettled: async () => {
      setState(canPush())
      await refresh()
    },
  })
  const on = channel?.enabled === true
  return (
    <Card>
      <div className="flex items-start gap-3">
        <BellRing aria-hidden className="mt-1 size-6 shrink-0 text-sea" strokeWidth={1.7} />
        <div className="min-w-0 grow">
          <h2>Push to this device</h2>
          <p id={note} className="note mt-0.5">
            {state === undefined ? '' : WORDS[on ? 'on' : state]}
          </p>
        </div>
        <Switch
          aria-label="Push to this device"
          aria-describedby={note}
          checked={change.isPending ? !on : on}
          disabled={change.isPending || (state !== 'ask' && state !== 'ready' && !on)}
          onCheckedChange={(next) => change.mutate(next)}
        />
      </div>
      {change.isError && (
        <ProblemCard
          className="mt-3"
          problem={
            change.error instanceof Error && change.error.name === 'NotAllowedError'
              ? {
                  code: 'PUSH_NOT_ALLOWED',
                  sentence: 'The browser was not allowed to show messages.',
                  next: 'Allow notifications for this page in the browser’s settings, then switch it on again.',
                  fields: {},
                }
              : change.error instanceof Error && change.error.name === 'AbortError'
                ? {
                    code: 'PUSH_UNREACHABLE',
                    sentence: 'The browser’s push service did not answer.',
                    next: 'Push needs the internet. Try again later, or use mail.',
                    fields: {},
                  }
                : problemOf(change.error)
          }
        />
      )}
      {channel !== undefined && on && (
        <div className="mt-3 flex flex-wrap gap-2">
          <TestChannel channel={channel} />
          <Button onClick={() => setEditing(true)}>What and when</Button>
          {editing && <ChannelRules channel={channel} onClose={() => setEditing(false)} />}
        </div>
      )}
    </Card>
  )
}

const WORDS: Readonly<Record<PushState | 'on', string>> = {
  on: 'This device is told, also when Holdfast is closed.',
  ready: 'This device is not told yet.',
  ask: 'This device is not told yet. The browser asks you once.',
  denied:
    'The browser blocks messages from this page. Allow notifications for it in the browser’s settings first.',
  insecure: 'Push works only over HTTPS or on the machine itself. Mail and chat work everywhere.',
  install: 'On iPhone and iPad, add Holdfast to the Home Screen first and open it from there.',
  none: 'This browser can’t receive push messages. Mail and chat work everywhere.',
}
