// Short HTTP requests over kept connections: fetch takes about twice the CPU.
import { Agent as HttpAgent, request as overHttp, type ClientRequest } from 'node:http';
import { Agent as HttpsAgent, request as overHttps } from 'node:https';
import type { Attempt } from '../power-driver.js';

export interface HttpQuestion {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

/** The answers of a BMC are short. */
const longestAnswer = 64 * 1024;

const plain = { agent: new HttpAgent({ keepAlive: true }), request: overHttp };
const encrypted = { agent: new HttpsAgent({ keepAlive: true }), request: overHttps };

/**
 * Rejects with a reason in words, or with the signal's reason. If the other side closed a kept connection before it
 * answered, the request is repeated once over a new connection: the request must be idempotent.
 */
export async function askHttp(question: HttpQuestion, attempt: Attempt): Promise<HttpAnswer> {
  const begun = performance.now();
  try {
    return await exchange(question, attempt);
  } catch (error) {
    const timeoutMs = Math.floor(attempt.timeoutMs - (performance.now() - begun));
    if (!(error instanceof ConnectionGone) || timeoutMs <= 0) {
      throw error;
    }
    return exchange(question, { ...attempt, timeoutMs });
  }
}

/** The connection was kept from an earlier request. */
class ConnectionGone extends Error {
  override readonly name = 'ConnectionGone';
}

function exchange(
  { url, method, headers, body }: HttpQuestion,
  { timeoutMs, signal }: Attempt,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const { agent, request } = url.protocol === 'https:' ? encrypted : plain;
    const asked = request(url, { method, headers, agent });
    const giveUp = (reason: Error): void => {
      reject(reason);
      asked.destroy();
    };
    const timer = setTimeout(() => {
      giveUp(new Error(`no answer within ${timeoutMs} ms`));
    }, timeoutMs);
    const abort = (): void => {
      giveUp(signal?.reason as Error);
    };
    signal?.addEventListener('abort', abort, { once: true });
    asked
      .on('error', (error) => {
        reject(wasGone(asked, error) ? new ConnectionGone(error.message, { cause: error }) : error);
      })
      .on('response', (response) => {
        let text = '';
        response
          .setEncoding('utf8')
          .on('data', (piece: string) => {
            text += piece;
            if (text.length > longestAnswer) {
              giveUp(new Error(`an answer of more than ${longestAnswer} bytes`));
            }
          })
          .on('end', () => {
            resolve({ status: response.statusCode ?? 0, text });
          })
          .on('error', reject);
      })
      .on('close', () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', abort);
      })
      .end(body);
    if (signal?.aborted === true) {
      abort();
    }
  });
}

const wasGone = ({ reusedSocket }: ClientRequest, error: NodeJS.ErrnoException): boolean =>
  reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
