import { File, Folder, Link2 } from 'lucide-react'
import { cn } from '#web/parts/class-names.ts'
import type { Entry } from '#web/trpc/types.ts'

const ICONS = { dir: Folder, file: File, link: Link2, other: File } as const

export function EntryIcon({ kind }: { kind: Entry['kind'] }) {
  const Icon = ICONS[kind]
  return (
    <Icon
      aria-hidden
      className={cn('size-5 shrink-0', kind === 'dir' ? 'text-sea' : 'text-soft')}
      strokeWidth={1.8}
    />
  )
}

/** The folder that something lies in, as a trail: `photos › 2024`. */
export function folderWords(path: string): string {
  const folders = path.split('/').slice(0, -1)
  return folders.length === 0 ? 'at the top' : folders.join(' › ')
}
