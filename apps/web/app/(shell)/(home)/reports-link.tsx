import { ArrowRight, ChartNoAxesColumn } from 'lucide-react'
import { Card } from '#web/parts/card.tsx'
import { Link } from '#web/parts/link.tsx'

/** The way to what happened over weeks and months. */
export function ReportsLink() {
  return (
    <Card className="p-0">
      <Link href="/reports/" className="flex min-h-16 items-center gap-3 rounded-card p-4 hover:bg-wash">
        <ChartNoAxesColumn aria-hidden className="size-6 shrink-0 text-sea" strokeWidth={1.7} />
        <span className="min-w-0 grow">
          <span className="block font-semibold leading-snug">Reports</span>
          <span className="caption block">Twelve months, growth, proofs; as PDF, too</span>
        </span>
        <ArrowRight aria-hidden className="size-5 shrink-0 text-soft" />
      </Link>
    </Card>
  )
}
