'use client'

import { Button } from '#web/parts/button.tsx'
import { Dialog } from '#web/parts/dialog.tsx'
import { StateBadge } from '#web/parts/state-badge.tsx'
import type { PlanCard } from '#web/trpc/types.ts'

type ChoosePlanProps = {
  readonly cards: readonly PlanCard[]
  readonly onClose: () => void
  readonly onChoose: (planIds: string[]) => void
}

/** Which plan to run now; only those that are not running. */
export function ChoosePlan({ cards, onClose, onChoose }: ChoosePlanProps) {
  return (
    <Dialog open onOpenChange={(open) => open || onClose()} title="Back up which plan?">
      {cards.map((card) => (
        <button
          key={card.plan.id}
          type="button"
          onClick={() => onChoose([card.plan.id])}
          className="flex min-h-16 items-center justify-between gap-3 rounded-card border border-line bg-card px-4 py-2 text-left hover:border-edge"
        >
          <span className="min-w-0">
            <span className="block font-semibold">{card.plan.name}</span>
            <span className="note block">to {card.plan.vault.name}</span>
          </span>
          <StateBadge state={card.protection.state} />
        </button>
      ))}
      {cards.length > 1 && (
        <Button look="primary" size="main" onClick={() => onChoose(cards.map((card) => card.plan.id))}>
          All of them
        </Button>
      )}
    </Dialog>
  )
}
