import { ArrowRight, ScrollText } from 'lucide-react'
import { Card } from '#web/parts/card.tsx'
import { Link } from '#web/parts/link.tsx'

/** Leads to the audit trail. */
export function AuditLink() {
  return (
    <Card className="p-0">
      <Link href="/audit/" className="flex min-h-16 items-center gap-3 rounded-card p-4 hover:bg-wash">
        <ScrollText aria-hidden className="size-6 shrink-0 text-sea" strokeWidth={1.7} />
        <span className="min-w-0 grow">
          <span className="block font-semibold leading-snug">Audit trail</span>
          <span className="caption block">Who did what, and when</span>
        </span>
        <ArrowRight aria-hidden className="size-5 shrink-0 text-soft" />
      </Link>
    </Card>
  )
}
