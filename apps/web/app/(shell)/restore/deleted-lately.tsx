'use client'

import { formatBytes } from '@holdfast/domain'
import { useQuery } from '@tanstack/react-query'
import { Trash2 } from 'lucide-react'
import { useState } from 'react'
import { Button } from '#web/parts/button.tsx'
import { Card } from '#web/parts/card.tsx'
import { useNow } from '#web/parts/now.ts'
import { useTRPCClient } from '#web/trpc/client.ts'
import type { DeletedFile } from '#web/trpc/types.ts'
import { dayAndTime } from '#web/words/moments.ts'
import { folderWords } from './entry-words.tsx'

const SHOWN_FIRST = 3

type DeletedLatelyProps = {
  readonly planId: string
  /** The newest snapshot: a later one may have found more. */
  readonly newest: string
  readonly onOpen: (file: DeletedFile) => void
}

/** Files that went in the last days: what people mostly come for, one tap away. Nothing when there are none. */
export function DeletedLately({ planId, newest, onOpen }: DeletedLatelyProps) {
  const client = useTRPCClient()
  const now = useNow()
  const [all, setAll] = useState(false)
  const deleted = useQuery({
    queryKey: ['deleted', planId, newest],
    queryFn: ({ signal }) => client.find.deleted.query({ planId }, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  })
  const files = deleted.data ?? []
  if (files.length === 0) return null
  return (
    <Card className="p-2">
      <h2 className="px-3 pt-2 pb-1">Deleted lately</h2>
      <ul>
        {(all ? files : files.slice(0, SHOWN_FIRST)).map((file) => (
          <li key={file.path}>
            <button
              type="button"
              onClick={() => onOpen(file)}
              className="flex min-h-13 w-full items-center gap-3 rounded-xl px-3 py-2 text-left hover:bg-wash/60"
            >
              <Trash2 aria-hidden className="size-5 shrink-0 text-risk" strokeWidth={1.8} />
              <span className="min-w-0 grow">
                <span className="block leading-snug">{file.name}</span>
                <span className="caption num block">
                  {folderWords(file.path)} · {formatBytes(file.size)} · gone since{' '}
                  {dayAndTime(file.noticedAt, now)}
                </span>
              </span>
            </button>
          </li>
        ))}
      </ul>
      {!all && files.length > SHOWN_FIRST && (
        <Button look="plain" className="w-full" onClick={() => setAll(true)}>
          Show {files.length - SHOWN_FIRST} more
        </Button>
      )}
    </Card>
  )
}
