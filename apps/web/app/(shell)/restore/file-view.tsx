'use client'

import { assertNever, formatBytes } from '@holdfast/domain'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Button } from '#web/parts/button.tsx'
import { cn } from '#web/parts/class-names.ts'
import { useNow } from '#web/parts/now.ts'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { useTRPCClient } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'
import type { PathVersion, Preview, Shown } from '#web/trpc/types.ts'
import { dayAndTime } from '#web/words/moments.ts'
import { DownloadButton } from './download-button.tsx'
import { folderWords } from './entry-words.tsx'
import { TextCompare } from './text-compare.tsx'

/** A file at a moment. */
export type OpenFile = { readonly path: string; readonly name: string; readonly snapshot: string }

type FileViewProps = {
  readonly planId: string
  readonly file: OpenFile
  readonly onVersion: (snapshot: string) => void
  readonly onRestore: () => void
}

/** One file: what is in it, beside the file as it is now, and its other versions. */
export function FileView({ planId, file, onVersion, onRestore }: FileViewProps) {
  const client = useTRPCClient()
  const { path, snapshot } = file
  const preview = useQuery({
    queryKey: ['preview', planId, snapshot, path],
    queryFn: ({ signal }) => client.find.preview.query({ planId, snapshot, path }, { signal }),
    placeholderData: keepPreviousData,
    gcTime: 60_000,
  })
  return (
    <div className="grid min-w-0 gap-3">
      <p className="caption">{folderWords(path)}</p>
      <Button look="primary" size="main" onClick={onRestore}>
        Restore this file…
      </Button>
      <DownloadButton planId={planId} snapshot={snapshot} paths={[path]} label="Download to this device" />
      {preview.isError && <ProblemCard problem={problemOf(preview.error)} />}
      {preview.isPending && <p className="note">Opening…</p>}
      {preview.data !== undefined && (
        <div className={cn('grid min-w-0 gap-3', preview.isPlaceholderData && 'opacity-60')}>
          <Sides name={file.name} preview={preview.data} />
        </div>
      )}
      <Versions planId={planId} file={file} onVersion={onVersion} />
    </div>
  )
}

function Sides({ name, preview: { kept, now } }: { name: string; preview: Preview }) {
  switch (now.kind) {
    case 'same':
      return <Kept name={name} kept={kept} note="The file on this machine is the same, byte for byte." />
    case 'missing':
      return <Kept name={name} kept={kept} note="There is no such file on this machine now." />
    case 'elsewhere':
      return (
        <Kept name={name} kept={kept} note="It is another machine’s, so there is nothing here to compare." />
      )
    case 'text':
    case 'image':
    case 'none':
      if (kept.kind === 'text' && now.kind === 'text' && !kept.cut && !now.cut)
        return <TextCompare kept={kept.text} now={now.text} />
      return (
        <div className="grid min-w-0 gap-3 min-[480px]:grid-cols-2">
          <Side title="In the snapshot" name={name} shown={kept} />
          <Side title="Now on this machine" name={name} shown={now} />
        </div>
      )
    default:
      return assertNever(now)
  }
}

function Kept({ name, kept, note }: { name: string; kept: Shown; note: string }) {
  return (
    <>
      <p className="note">{note}</p>
      <ShownFile name={name} shown={kept} />
    </>
  )
}

function Side({ title, name, shown }: { title: string; name: string; shown: Shown }) {
  return (
    <figure className="grid min-w-0 content-start gap-1.5">
      <figcaption className="caption num">
        {title}
        {shown.size !== null && ` · ${formatBytes(shown.size)}`}
      </figcaption>
      <ShownFile name={name} shown={shown} />
    </figure>
  )
}

function ShownFile({ name, shown }: { name: string; shown: Shown }) {
  if (shown.kind === 'none') return <p className="note">{shown.reason}</p>
  if (shown.kind === 'image')
    return (
      // biome-ignore lint/performance/noImgElement: it comes from the vault and is shown as it is
      <img
        src={shown.source}
        alt={name}
        className="max-h-80 w-full rounded-xl border border-line bg-card object-contain"
      />
    )
  return (
    <>
      <pre
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        className="max-h-80 overflow-auto whitespace-pre-wrap rounded-xl border border-line bg-card p-3 text-[13px] leading-5"
      >
        {shown.text === '' ? 'The file is empty.' : shown.text}
      </pre>
      {(shown.cut || shown.encoding !== 'utf-8') && (
        <p className="caption">
          {shown.cut && `Only the beginning of ${formatBytes(shown.size)}. `}
          {shown.encoding !== 'utf-8' && `Read as ${shown.encoding}.`}
        </p>
      )}
    </>
  )
}

function Versions({ planId, file, onVersion }: Omit<FileViewProps, 'onRestore'>) {
  const client = useTRPCClient()
  const now = useNow()
  const versions = useQuery({
    queryKey: ['versions', planId, file.path],
    queryFn: ({ signal }) => client.find.versions.query({ planId, path: file.path }, { signal }),
    staleTime: 60_000,
  })
  const list = versions.data ?? []
  if (list.length === 0) return null
  const shown = heldBy(list, file.snapshot)
  return (
    <section className="grid gap-1">
      <h3 className="font-semibold">Versions</h3>
      <ul className="grid gap-1">
        {list.map((version) => (
          <li key={version.snapshot}>
            <button
              type="button"
              disabled={version.change === 'removed' || version.change === 'unread'}
              aria-current={version === shown ? 'true' : undefined}
              onClick={() => onVersion(version.snapshot)}
              className={cn(
                'num flex min-h-11 w-full items-center justify-between gap-3 rounded-xl border-[1.5px] border-line px-3 text-left text-[15px] disabled:cursor-default disabled:text-soft',
                version === shown && 'border-sea bg-wash',
              )}
            >
              <span>{dayAndTime(version.at, now)}</span>
              <span className="text-soft">{versionWords(version)}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}

/** The version that a snapshot holds: a snapshot in which nothing changed holds that of the one before. */
function heldBy(versions: readonly PathVersion[], snapshot: string): PathVersion | undefined {
  const exact = versions.find((version) => version.snapshot === snapshot)
  if (exact !== undefined) return exact
  const [writer, seq] = snapshot.split('-')
  return versions.find((version) => {
    const [by, at] = version.snapshot.split('-')
    return by === writer && Number(at) <= Number(seq)
  })
}

function versionWords({ change, size }: PathVersion): string {
  const words = { added: 'first seen', changed: 'changed', removed: 'deleted', unread: 'not readable then' }
  return size === null ? words[change] : `${words[change]} · ${formatBytes(size)}`
}
