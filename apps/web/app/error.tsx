'use client'

import { Button } from '#web/parts/button.tsx'

/** A screen that broke: says so, and offers the way back. */
export default function BrokenScreen({ error, reset }: { error: Error; reset: () => void }) {
  return (
    <main className="mx-auto grid min-h-dvh max-w-md content-center gap-4 px-5">
      <h1>This screen broke.</h1>
      <p className="text-soft">Your backups run on the machine and are not touched by this.</p>
      <p className="caption font-mono">{error.message}</p>
      <Button look="primary" size="main" onClick={reset}>
        Show it again
      </Button>
      <Button asChild size="main" className="bg-card">
        <a href="/">Go home</a>
      </Button>
    </main>
  )
}
