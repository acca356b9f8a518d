import { Button } from '#web/parts/button.tsx'
import { StateSeal } from '#web/parts/state-badge.tsx'

export const metadata = { title: 'Not reachable' }

export default function OfflinePage() {
  return (
    <main className="mx-auto grid min-h-dvh max-w-md content-center gap-4 px-5">
      <StateSeal state="unknown" />
      <h1>This page needs the machine.</h1>
      <p className="text-soft">
        It is off, or this device is on another network. The last known status is kept on this device.
      </p>
      <Button asChild look="primary" size="main">
        <a href="/">Show the last known status</a>
      </Button>
    </main>
  )
}
