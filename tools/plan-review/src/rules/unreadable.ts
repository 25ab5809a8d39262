import type { Rule } from './rule'

export const unreadableRules: readonly Rule[] = [
  {
    id: 'change-unreadable',
    severity: 'critical',
    finds: 'An entry of the plan cannot be read: an unknown action, no address, no type, no values',
    why: 'It can be anything, a destroy included, and no other rule has judged it.',
    next: 'Make the plan again with terraform show -json. If Terraform wrote it, update this tool.',
    check: ({ problems }) => problems,
  },
]
