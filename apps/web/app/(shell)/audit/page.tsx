import { AuditTrail } from './audit-trail.tsx'

export const metadata = { title: 'Audit trail' }

export default function AuditPage() {
  return <AuditTrail />
}
