'use client'

import { useMutation } from '@tanstack/react-query'
import { Download } from 'lucide-react'
import { Button } from '#web/parts/button.tsx'
import { useTRPCClient } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'

type DownloadButtonProps = {
  readonly planId: string
  readonly snapshot: string
  readonly paths: readonly string[]
  readonly label: string
}

/** Brings a file, or several as a zip, to this device by the browser's own download. */
export function DownloadButton({ planId, snapshot, paths, label }: DownloadButtonProps) {
  const client = useTRPCClient()
  const download = useMutation({
    mutationFn: () => client.restore.download.mutate({ planId, snapshot, paths: [...paths] }),
    onSuccess: ({ url, name }) => {
      const link = document.createElement('a')
      link.href = url
      link.download = name
      link.click()
    },
  })
  return (
    <div className="grid gap-1">
      {/* Beside a long name it is the name that gives way. */}
      <Button
        className="[overflow-wrap:normal]"
        disabled={download.isPending}
        onClick={() => download.mutate()}
      >
        <Download aria-hidden className="size-5 max-[26rem]:hidden" />
        {download.isPending ? 'Preparing…' : label}
      </Button>
      {download.isError && (
        <p role="alert" className="note text-fail">
          {problemOf(download.error).sentence} {problemOf(download.error).next}
        </p>
      )}
    </div>
  )
}
