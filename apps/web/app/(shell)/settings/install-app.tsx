'use client'

import { Download } from 'lucide-react'
import { useEffect, useState } from 'react'
import { Button } from '#web/parts/button.tsx'
import { Card } from '#web/parts/card.tsx'

/** The browser's own offer to install the app. Not in the type library, since only some browsers make it. */
type InstallOffer = Event & { prompt(): Promise<unknown> }

/** Puts the app on this device where the browser offers that; shows nothing where it does not. */
export function InstallApp() {
  const [offer, setOffer] = useState<InstallOffer>()
  useEffect(() => {
    const keep = (event: Event) => {
      if (!isInstallOffer(event)) return
      event.preventDefault()
      setOffer(event)
    }
    const done = () => setOffer(undefined)
    window.addEventListener('beforeinstallprompt', keep)
    window.addEventListener('appinstalled', done)
    return () => {
      window.removeEventListener('beforeinstallprompt', keep)
      window.removeEventListener('appinstalled', done)
    }
  }, [])
  if (offer === undefined) return null
  const install = async () => {
    await offer.prompt()
    // An offer can be made once.
    setOffer(undefined)
  }
  return (
    <Card className="grid gap-3">
      <div>
        <h2>On this device</h2>
        <p className="note mt-0.5">
          Installed, Holdfast opens like any app and shows the last status without the network.
        </p>
      </div>
      <Button onClick={() => void install()}>
        <Download aria-hidden className="size-5" /> Install the app
      </Button>
    </Card>
  )
}

function isInstallOffer(event: Event): event is InstallOffer {
  return 'prompt' in event && typeof event.prompt === 'function'
}
