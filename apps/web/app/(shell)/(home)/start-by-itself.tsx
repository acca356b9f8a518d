import { Power } from 'lucide-react'
import { Button } from '#web/parts/button.tsx'
import { Link } from '#web/parts/link.tsx'

/** The way to the switch, when nothing but a restart would end the backups. */
export function StartByItself() {
  return (
    <Button asChild look="primary" size="main">
      <Link href="/settings/#service">
        <Power aria-hidden className="size-5" /> Start with this machine
      </Link>
    </Button>
  )
}
