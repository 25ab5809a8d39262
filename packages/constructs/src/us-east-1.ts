import { AwsProvider } from '@cdktf/provider-aws/lib/provider'
import { Aspects, TerraformDataSource, TerraformResource } from 'cdktf'
import { Construct } from 'constructs'
import { contextOf, setContext } from './deployment-context'
import { tidewayStackOf } from './tideway-stack'

const region = 'us-east-1'

/**
 * Creates its resources in us-east-1, in every environment. CloudFront requires that region for its certificate,
 * web ACL and logs, and Route 53 for its metrics, query logs and keys.
 */
export class UsEast1 extends Construct {
  constructor(scope: Construct, id: string) {
    super(scope, id)
    setContext(this, { ...contextOf(this), region })
    const provider = new AwsProvider(this, 'aws', {
      alias: 'us_east_1',
      region,
      ...tidewayStackOf(this).providerSettings,
    })
    Aspects.of(this).add({
      visit: (node) => {
        if (node instanceof TerraformResource || node instanceof TerraformDataSource) {
          node.provider = provider
        }
      },
    })
  }
}
