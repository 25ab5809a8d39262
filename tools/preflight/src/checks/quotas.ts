import { DescribeAddressesCommand, paginateDescribeInstances } from '@aws-sdk/client-ec2'
import { GetAccountSettingsCommand, GetFunctionConcurrencyCommand } from '@aws-sdk/client-lambda'
import { GetServiceQuotaCommand } from '@aws-sdk/client-service-quotas'
import { allOf, type Check, notChecked, type Outcome, ok, once, wrong } from '../check'
import { type Context, isOwn } from '../context'
import { codeOf } from '../failures'
import { fixed, type Range } from '../needs'
import type { InstanceTypes } from './instances'

interface Quota {
  readonly service: string
  readonly code: string
  readonly name: string
  readonly unit: string
}

const quota = (service: string, code: string, name: string, unit: string): Quota => ({
  service,
  code,
  name,
  unit,
})

/** The names and codes of Service Quotas. */
export const quotas = {
  onDemand: quota('ec2', 'L-1216C47A', 'Running On-Demand Standard instances', 'vCPUs'),
  spot: quota('ec2', 'L-34B43A08', 'All Standard Spot Instance Requests', 'vCPUs'),
  fargate: quota('fargate', 'L-3032A538', 'Fargate On-Demand vCPU resource count', 'vCPUs'),
  fargateSpot: quota('fargate', 'L-36FBB829', 'Fargate Spot vCPU resource count', 'vCPUs'),
  concurrency: quota('lambda', 'L-B99A9384', 'Concurrent executions', 'executions'),
  addresses: quota('ec2', 'L-0263D0A3', 'EC2-VPC Elastic IPs', 'addresses'),
  rules: quota('vpc', 'L-0EA8095F', 'Inbound or outbound rules per security group', 'rules'),
  endpoints: quota('vpc', 'L-29B6F2EB', 'Interface VPC endpoints per VPC', 'endpoints'),
}

/** What uses a quota. */
interface Use {
  readonly needs: Range
  /** By others in the account. Undefined where that cannot be read. */
  readonly others?: number
  readonly breaksAtStart: string
  readonly breaksLater: string
  readonly of?: string
}

export function quotaChecks(context: Context, types: InstanceTypes): Check[] {
  const { needs, aws } = context
  const others = othersOf(context)
  const check = (quota: Quota, use: () => Promise<Use | Outcome>): Check => ({
    area: 'quotas',
    subject: quota.name,
    source: 'aws',
    run: async () => {
      const found = await use()
      if ('status' in found) return found
      if (found.needs.most === 0) return ok(`not needed: the stacks use no ${quota.unit} of it`)
      const { Quota } = await aws.quotas
        .send(new GetServiceQuotaCommand({ ServiceCode: quota.service, QuotaCode: quota.code }))
        .catch((error: unknown) => {
          // The default of AWS is no evidence: new accounts often get less.
          if (codeOf(error) === 'NoSuchResourceException') return { Quota: undefined }
          throw error
        })
      if (Quota?.Value === undefined) {
        return notChecked(
          `Service Quotas has no applied value of ${quota.code}; the stacks use up to ${amount(found.needs.most, quota)}`,
        )
      }
      return compared(context, quota, Quota.Value, found)
    },
  })
  const vcpus = (kind: 'onDemand' | 'spot') => async (): Promise<Use | Outcome> => {
    const groups = needs.groups.filter((group) => group.kind === kind)
    if (groups.length === 0) return { ...unused }
    const sizes = await types()
    const otherFamily = groups.flatMap((group) => group.types).find((type) => !isStandard(type))
    if (otherFamily !== undefined) {
      return notChecked(`${otherFamily} is not a standard type: its family has a quota of its own`)
    }
    const sum = { start: 0, most: 0 }
    for (const { name, types: names, instances } of groups) {
      // The largest, because AWS chooses among them.
      const largest = Math.max(0, ...names.map((type) => sizes.get(type)?.vcpus ?? 0))
      if (largest === 0) return notChecked(`AWS does not know the types of ${name}`)
      sum.start += largest * instances.start
      sum.most += largest * instances.most
    }
    const names = groups.map(({ name }) => name).join(', ')
    return {
      needs: sum,
      others: (await others())[kind],
      breaksAtStart: `instances of ${names} do not start`,
      breaksLater: `${names} stop scaling out at the quota`,
    }
  }
  const fargate = (kind: 'onDemand' | 'spot') => async (): Promise<Use> => ({
    needs: needs.fargate[kind],
    breaksAtStart: 'tasks on Fargate do not start, and the deploy of their services does not end',
    breaksLater:
      kind === 'onDemand'
        ? 'services cannot scale out, release or move to their standbys beyond the quota'
        : 'services on Fargate Spot cannot scale out or release beyond the quota',
  })
  return [
    check(quotas.onDemand, vcpus('onDemand')),
    check(quotas.spot, vcpus('spot')),
    check(quotas.fargate, fargate('onDemand')),
    check(quotas.fargateSpot, fargate('spot')),
    concurrencyCheck(context),
    check(quotas.addresses, async () => {
      const { Addresses = [] } = await aws.ec2.send(new DescribeAddressesCommand({}))
      return {
        needs: fixed(needs.addresses),
        others: Addresses.filter(({ Tags }) => !isOwn(context.environment, Tags)).length,
        breaksAtStart: 'the deploy of network fails at its NAT gateways',
        breaksLater: '',
      }
    }),
    check(quotas.rules, async () => ({
      needs: fixed(needs.rules.count),
      breaksAtStart: `the security group ${needs.rules.group} cannot be created`,
      breaksLater: '',
      of: `of ${needs.rules.group}`,
    })),
    check(quotas.endpoints, async () => ({
      needs: fixed(needs.interfaceEndpoints),
      breaksAtStart: 'the deploy of network fails at its endpoints',
      breaksLater: '',
    })),
  ]
}

const unused = { needs: fixed(0), breaksAtStart: '', breaksLater: '' }

/** The families that share the standard quotas. Others (accelerators, high memory, metal of Apple) have their own. */
function isStandard(type: string): boolean {
  return /^(a|c|d|h|i|im|is|m|r|t|z)\d/.test(type)
}

function compared({ environment }: Context, quota: Quota, value: number, use: Use): Outcome {
  const { needs, others = 0, of } = use
  const wanted = Math.ceil(needs.most + others)
  const uses = [
    needs.start === needs.most
      ? `the stacks need ${amount(needs.most, quota)}${of === undefined ? '' : ` ${of}`}`
      : `the stacks start with ${needs.start} and use up to ${amount(needs.most, quota)}`,
    ...(others > 0 ? [`others in the account use ${others}`] : []),
  ].join(', and ')
  if (value >= needs.most + others) return ok(`${value}; ${uses}`)
  const isTooLowAtStart = value < needs.start + others
  return wrong(`${value} ${quota.unit} (${quota.code}); ${uses}`, {
    breaks: isTooLowAtStart ? use.breaksAtStart : use.breaksLater,
    fix: increase(environment.region, quota, wanted),
  })
}

function amount(count: number, { unit }: Quota): string {
  return `${count} ${unit}`
}

function increase(region: string, { service, code }: Quota, value: number): string {
  return `aws service-quotas request-service-quota-increase --region ${region} --service-code ${service} --quota-code ${code} --desired-value ${value}`
}

/** The vCPUs of running instances that are not of this environment. */
function othersOf({ aws, environment }: Context) {
  return once(async () => {
    const used = { onDemand: 0, spot: 0 }
    const pages = paginateDescribeInstances(
      { client: aws.ec2 },
      { Filters: [{ Name: 'instance-state-name', Values: ['pending', 'running'] }] },
    )
    for (const { Instances = [] } of await allOf(pages, ({ Reservations }) => Reservations)) {
      for (const { InstanceType = '', InstanceLifecycle, CpuOptions, Tags } of Instances) {
        if (isOwn(environment, Tags) || !isStandard(InstanceType)) continue
        const { CoreCount = 0, ThreadsPerCore = 1 } = CpuOptions ?? {}
        used[InstanceLifecycle === 'spot' ? 'spot' : 'onDemand'] += CoreCount * ThreadsPerCore
      }
    }
    return used
  })
}

/** What Lambda always leaves to functions without a reservation. */
const unreserved = 100

/** Lambda returns its limit and what is reserved of it. */
function concurrencyCheck({ aws, needs, environment }: Context): Check {
  const quota = quotas.concurrency
  const functions = Object.entries(needs.functions)
  const reserved = functions.reduce((sum, [, each]) => sum + each, 0)
  return {
    area: 'quotas',
    subject: `Lambda: ${quota.name}`,
    source: 'aws',
    run: async () => {
      if (functions.length === 0) return ok('not needed: the stacks have no function')
      const { AccountLimit } = await aws.lambda.send(new GetAccountSettingsCommand({}))
      const { ConcurrentExecutions: limit, UnreservedConcurrentExecutions: free } =
        AccountLimit ?? {}
      if (limit === undefined || free === undefined) {
        return notChecked('Lambda returned no limit of the account')
      }
      if (reserved === 0) {
        const wanted = functions.length
        if (free >= wanted) return ok(`${limit}, ${free} of them unreserved; nothing is reserved`)
        return wrong(`${free} of ${limit} executions are unreserved, for ${wanted} functions`, {
          breaks: 'Lambda throttles the failover controller',
          fix: increase(environment.region, quota, limit - free + wanted),
        })
      }
      const own = await Promise.all(
        functions.map(async ([FunctionName]) => {
          const found = await aws.lambda
            .send(new GetFunctionConcurrencyCommand({ FunctionName }))
            .catch((error: unknown) => {
              if (codeOf(error) !== 'ResourceNotFoundException') throw error
              return { ReservedConcurrentExecutions: 0 }
            })
          return found.ReservedConcurrentExecutions ?? 0
        }),
      )
      const others = limit - free - own.reduce((sum, each) => sum + each, 0)
      const wanted = reserved + unreserved + others
      const uses = `the stacks reserve ${reserved}, others ${others}, and Lambda keeps ${unreserved} unreserved`
      if (limit >= wanted) return ok(`${limit}; ${uses}`)
      return wrong(`${limit} executions (${quota.code}); ${uses}`, {
        breaks: 'the deploy of compute fails at its functions',
        fix: `${increase(environment.region, quota, wanted)}, or reserveConcurrency: 'off' for ${environment.name} in apps/compute/src/settings.ts`,
      })
    },
  }
}
