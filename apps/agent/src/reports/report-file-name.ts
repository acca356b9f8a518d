import type { ReportFormat } from '@holdfast/api'
import type { Report } from '@holdfast/domain'

/** `holdfast-november-2026.pdf` */
export function reportFileName({ period }: Report, format: ReportFormat): string {
  return `holdfast-${period.label.replaceAll(/\W+/g, '-').toLowerCase()}.${format}`
}
