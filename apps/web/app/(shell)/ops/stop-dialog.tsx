'use client'

import { Button } from '#web/parts/button.tsx'
import { Dialog } from '#web/parts/dialog.tsx'

/** Asks before a backup is stopped. */
export function StopDialog({ onClose, onStop }: { onClose: () => void; onStop: () => void }) {
  return (
    <Dialog
      open
      onOpenChange={(open) => open || onClose()}
      title="Stop this backup?"
      description="Earlier snapshots are untouched. This run leaves no snapshot."
    >
      <Button look="danger" size="main" onClick={onStop}>
        Stop the backup
      </Button>
      <Button size="main" onClick={onClose}>
        Let it run
      </Button>
    </Dialog>
  )
}
