'use client'

import { useMutation } from '@tanstack/react-query'
import { Download } from 'lucide-react'
import { Button } from '#web/parts/button.tsx'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { saveLink } from '#web/parts/save-as.ts'
import { usualPaper } from '#web/parts/usual-paper.ts'
import { useTRPCClient } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'
import type { Inputs } from '#web/trpc/types.ts'

const FORMATS = ['pdf', 'csv', 'json'] as const

/** Brings the report to this device as a file: PDF to read, CSV for a spreadsheet, JSON for programs. */
export function SaveReport({ query }: { query: Inputs['report']['get'] }) {
  const client = useTRPCClient()
  const save = useMutation({
    mutationFn: (format: (typeof FORMATS)[number]) =>
      client.report.export.mutate({ ...query, format, paper: usualPaper() }),
    onSuccess: saveLink,
  })
  return (
    <>
      {FORMATS.map((format) => (
        <Button
          key={format}
          disabled={save.isPending}
          aria-label={`Save as ${format.toUpperCase()}`}
          onClick={() => save.mutate(format)}
        >
          <Download aria-hidden className="size-4.5" />
          {save.isPending && save.variables === format ? 'Making…' : format.toUpperCase()}
        </Button>
      ))}
      {save.isError && <ProblemCard className="w-full" problem={problemOf(save.error)} />}
    </>
  )
}
