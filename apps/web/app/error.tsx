'use client'

import { Button } from '#web/parts/button.tsx'

/** A screen that broke: says so, and offers the way back. */
export default function BrokenScreen({ error, reset }: { error: Error; reset: () => void }) {
  // A page of the last version asks for a piece that only that one had.
  const old = error.name === 'ChunkLoadError'
  return (
    <main className="mx-auto grid min-h-dvh max-w-md content-center gap-4 px-5">
      <h1>{old ? 'This screen could not be loaded.' : 'This screen broke.'}</h1>
      <p className="text-soft">
        {old
          ? 'There is a new version of Holdfast, or the agent is off. Your backups are not touched by this.'
          : 'Your backups run on the machine and are not touched by this.'}
      </p>
      <p className="caption font-mono">{error.message}</p>
      <Button look="primary" size="main" onClick={old ? () => location.reload() : reset}>
        {old ? 'Reload' : 'Show it again'}
      </Button>
      <Button asChild size="main" className="bg-card">
        <a href="/">Go home</a>
      </Button>
    </main>
  )
}
