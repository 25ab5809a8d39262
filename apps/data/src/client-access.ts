import { allowEgress, allowIngress, securityGroup } from '@tideway/constructs'
import { Construct } from 'constructs'

/** Where a store is placed, and the key of its logs. */
export interface StoreProps {
  readonly vpcId: string
  readonly subnetIds: string[]
  readonly logKeyArn: string
}

export interface ClientAccessProps {
  readonly vpcId: string
  readonly store: 'cache' | 'database'
  readonly port: number
}

/**
 * Two security groups: the group of the store accepts connections from the group of its clients only. The clients'
 * group is created here because the clients belong to a later stack.
 */
export class ClientAccess extends Construct {
  readonly storeGroupId: string
  readonly clientGroupId: string

  constructor(scope: Construct, id: string, { vpcId, store, port }: ClientAccessProps) {
    super(scope, id)
    const group = (name: string, description: string) =>
      securityGroup(this, name, { name, description, vpcId }).id
    this.storeGroupId = group(store, `The ${store}: reached by its clients, reaching nothing`)
    this.clientGroupId = group(`${store}-clients`, `Worn by whoever may reach the ${store}`)
    allowIngress(this, 'from-clients', {
      groupId: this.storeGroupId,
      referencedSecurityGroupId: this.clientGroupId,
      description: `From clients of the ${store}`,
      port,
    })
    allowEgress(this, 'to-store', {
      groupId: this.clientGroupId,
      referencedSecurityGroupId: this.storeGroupId,
      description: `To the ${store}`,
      port,
    })
  }
}
