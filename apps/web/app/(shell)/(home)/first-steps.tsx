import { CalendarClock, FolderOpen, HardDrive, KeyRound } from 'lucide-react'
import { Button } from '#web/parts/button.tsx'
import { Card } from '#web/parts/card.tsx'
import { Link } from '#web/parts/link.tsx'
import { StateSeal } from '#web/parts/state-badge.tsx'
import type { Home } from '#web/trpc/types.ts'

const STEPS = [
  {
    Icon: FolderOpen,
    title: 'What',
    text: 'Choose the folders that must not be lost. The usual ones are ticked already.',
  },
  {
    Icon: HardDrive,
    title: 'Where',
    text: 'A disk, a network share, or storage that rclone knows on this machine.',
  },
  {
    Icon: KeyRound,
    title: 'Passphrase',
    text: 'Everything is encrypted before it leaves. Only this opens it again.',
  },
  { Icon: CalendarClock, title: 'When', text: 'Every hour, every night, or when you say so.' },
] as const

/** The home screen before anything is backed up: what set-up asks, so that it holds no surprise. */
export function FirstSteps({ home }: { home: Home }) {
  return (
    <div className="grid max-w-2xl gap-3 pb-6">
      <div className="pt-5 pb-3 rail:pt-8">
        <StateSeal state="unknown" />
        <h1 className="mt-4">Nothing is backed up yet.</h1>
        <p className="mt-2 text-soft">
          Set-up takes about two minutes. Then the first backup starts, and it ends with one file of{' '}
          {home.machine} restored and compared, so you know that it works.
        </p>
      </div>
      <Button asChild look="primary" size="main">
        <Link href="/setup/">Set up the first backup</Link>
      </Button>
      <Button asChild size="main">
        <Link href="/recover/">Recover a machine</Link>
      </Button>
      <Card className="mt-3 p-0">
        <ol className="divide-y divide-line">
          {STEPS.map(({ Icon, title, text }) => (
            <li key={title} className="flex gap-4 p-4">
              <Icon aria-hidden className="mt-0.5 size-6 shrink-0 text-sea" strokeWidth={1.8} />
              <div>
                <h2>{title}</h2>
                <p className="note mt-0.5">{text}</p>
              </div>
            </li>
          ))}
        </ol>
      </Card>
      {home.notices.map((notice) => (
        <p key={notice.code} className="note">
          {notice.sentence} {notice.next}
        </p>
      ))}
    </div>
  )
}
