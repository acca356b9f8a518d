'use client'

import { Activity, Mail, MessageSquare, MonitorSmartphone, Plus } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useState } from 'react'
import { Button } from '#web/parts/button.tsx'
import { Card } from '#web/parts/card.tsx'
import type { ChannelInfo } from '#web/trpc/types.ts'

const ChannelDialog = dynamic(() => import('./channel-dialog.tsx').then((module) => module.ChannelDialog), {
  ssr: false,
})

export type NewKind = 'mail' | 'webhook' | 'ping'

const ICONS = { push: MonitorSmartphone, mail: Mail, webhook: MessageSquare, ping: Activity } as const
const KIND_WORDS = { push: 'push', mail: 'mail', webhook: 'chat or web', ping: 'watcher' } as const
const NEW: readonly { kind: NewKind; word: string }[] = [
  { kind: 'mail', word: 'Mail' },
  { kind: 'webhook', word: 'Chat' },
  { kind: 'ping', word: 'Watcher' },
]

/** Everybody and everything else that is told. */
export function Channels({ channels, owner }: { channels: readonly ChannelInfo[]; owner: boolean }) {
  const [open, setOpen] = useState<{ kind: NewKind } | { channel: ChannelInfo }>()
  return (
    <Card>
      <h2>Mail, chat and other devices</h2>
      {channels.length === 0 && (
        <p className="note mt-1">
          Nobody else is told yet. A second way, such as mail, still reaches you when the phone is off.
        </p>
      )}
      <ul className="mt-2 divide-y divide-line">
        {channels.map((channel) => {
          const Icon = ICONS[channel.kind]
          return (
            <li key={channel.id} className="flex min-h-16 items-center gap-3 py-2">
              <Icon aria-hidden className="size-6 shrink-0 text-sea" strokeWidth={1.7} />
              <div className="min-w-0 grow">
                <p className="font-semibold leading-snug">{channel.name}</p>
                <p className="caption">{captionOf(channel)}</p>
              </div>
              {owner && (
                <Button onClick={() => setOpen({ channel })} aria-label={`Open ${channel.name}`}>
                  Open
                </Button>
              )}
            </li>
          )
        })}
      </ul>
      {owner && (
        <div className="mt-3 flex flex-wrap gap-2">
          {NEW.map(({ kind, word }) => (
            <Button key={kind} onClick={() => setOpen({ kind })} aria-label={`Add ${word}`}>
              <Plus aria-hidden className="size-4.5 shrink-0" /> {word}
            </Button>
          ))}
        </div>
      )}
      {open !== undefined && (
        <ChannelDialog
          {...('channel' in open ? { channel: open.channel } : { kind: open.kind })}
          onClose={() => setOpen(undefined)}
        />
      )}
    </Card>
  )
}

function captionOf({ kind, goesTo, enabled, last }: ChannelInfo): string {
  const state = !enabled
    ? ', switched off'
    : last?.state === 'given-up'
      ? ', the last message was not taken'
      : ''
  return `${KIND_WORDS[kind]} to ${goesTo}${state}`
}
