/* SPDX-License-Identifier: BSD-3-Clause */
#include "command.h"

#include <config/control_socket.h>
#include <config/region.h>

#define TEXT_OF(number) #number
#define TEXT(number) TEXT_OF(number)

#define WITH(option) (1u << OPTION_##option)
/* All three wherever one is needed, so that they can be given in one place. */
#define WITH_REGION (WITH(REGION) | WITH(STATE) | WITH(TMPFS))
#define WITH_PUSH (WITH_REGION | WITH(SLOT_MEGABYTES))

const struct command_option command_options[OPTIONS] = {
    [OPTION_REGION] = {"region", "FOLDER", "of the region that sluiced uses (" REGION_FOLDER ")"},
    [OPTION_STATE] = {"state", "FOLDER", "where images are kept on disk (" REGION_KEPT ")"},
    [OPTION_TMPFS] = {"tmpfs", NULL, "the region's folder may be on tmpfs, where there is no hugetlbfs"},
    [OPTION_SLOT_MEGABYTES] = {"slot-megabytes", "NUMBER",
			       "of each of three slots, where the region is made (" TEXT(REGION_SLOT_MEGABYTES) ")"},
    [OPTION_DRY_RUN] = {"dry-run", NULL, "do all but publish it"},
    [OPTION_SERVICE] = {"service", "NAME", "of this service only"},
    [OPTION_FILE] = {"file", "FILE", "ask the policy in FILE, not the one that is published"},
    [OPTION_NO_NAME] = {"no-name", NULL, "ask for a flow that tells no name"},
    [OPTION_JSON] = {"json", NULL, "as JSON, an object in each line"},
    [OPTION_REEVALUATE] = {"reevaluate", NULL, "look open flows up again, and end those that it denies"},
    [OPTION_SOCKET] = {"socket", "PATH", "the control socket of sluiced (" CONTROL_SOCKET ")"},
    [OPTION_LIMIT] = {"limit", "NUMBER", "flows, and no more (" TEXT(COMMAND_LIMIT) ")"},
};

const struct command commands[] = {
    {
	.name = "apply",
	.arguments = "FILE",
	.about = "compile the policy in FILE and put it in force",
	.reference =
	    "Reads `FILE` ([policy.json](policy.md)) and its lists of names, compiles them into an image, keeps that "
	    "on\n"
	    "disk, publishes it in the region as the next generation, and waits until every worker of `sluiced` has\n"
	    "taken it. Without a running `sluiced` it is published, and taken when one starts. If the file has a "
	    "fault,\n"
	    "the image finds no room, or `sluiced` refuses it, the policy in force stays as it was. Two at once are "
	    "done\n"
	    "one after the other.\n\n"
	    "Flows that were allowed before go on. With `--reevaluate` each worker of `sluiced` looks its open flows "
	    "up\n"
	    "again, in the moments after it has taken the policy: by the name of the service, the client's address, "
	    "and "
	    "the\n"
	    "names that the flow was decided by (that of CONNECT, that of the ClientHello, or that there is none). "
	    "What "
	    "the\n"
	    "policy denies now, or has no such service for, is reset on both sides, with the reason\n"
	    "[`policy-reevaluated`](reasons.md). What stays keeps the row and generation that allowed it.\n\n"
	    "With `--dry-run` nothing is published, kept or made: the file is read and compiled, and the image "
	    "measured\n"
	    "against the slots of the region, if there is one.\n",
	.least = 1,
	.most = 1,
	.options = WITH_PUSH | WITH(DRY_RUN) | WITH(REEVALUATE),
	.pushes = true,
	.run = command_apply,
    },
    {
	.name = "check",
	.arguments = "FILE",
	.about = "say whether the policy in FILE is good, and what it holds",
	.reference =
	    "Reads and compiles `FILE` as `apply` does, and prints what it holds. It needs neither region nor\n"
	    "`sluiced`.\n",
	.least = 1,
	.most = 1,
	.run = command_check,
    },
    {
	.name = "explain",
	.arguments = "[NAME|ADDRESS]",
	.about = "say what the policy decides for a name, and why",
	.reference =
	    "Asks what `sluiced` itself would: the image that is published in the region, or with `--file` the one "
	    "that\n"
	    "the file makes. For each service it prints the verdict (allow or deny, log or not, decryption exception)\n"
	    "and which row of which filter, or which default, gave it. Rows are counted from 0.\n\n"
	    "A name is judged by itself: if CONNECT and SNI name two, each is asked for, and the stricter verdict "
	    "holds.\n"
	    "With `--no-name` in the place of a name it tells what becomes of a flow that names none.\n",
	.least = 0,
	.most = 1,
	.options = WITH_REGION | WITH(SERVICE) | WITH(FILE) | WITH(NO_NAME),
	.run = command_explain,
    },
    {
	.name = "status",
	.arguments = "",
	.about = "say which policy is in force, and what sluiced does with it",
	.reference =
	    "Prints on which file system the region is, how large its slots are, whether `sluiced` runs, which\n"
	    "generation is published, which each worker has taken, and the last one that `sluiced` has refused.\n\n"
	    "With `--json` it is one object: `hugepages`, `slot_size` (octets), `running`, `published` (a generation, "
	    "0\n"
	    "if there is none); while `sluiced` runs also `process`, `started_at` (seconds since 1970), `incarnation` "
	    "(a\n"
	    "string), and `taken` (the generation of each worker); and `refused` with `generation` and `reason` if\n"
	    "there is such.\n",
	.options = WITH_REGION | WITH(JSON),
	.run = command_show_status,
    },
    {
	.name = "history",
	.arguments = "",
	.about = "list the policies that are kept on disk",
	.reference =
	    "Prints the generations that `rollback` can go back to, the newest first: up to eight. The one that\n"
	    "the region publishes is marked, and a file that cannot be read is listed with the reason. Times are "
	    "UTC.\n",
	.options = WITH_REGION,
	.run = command_history,
    },
    {
	.name = "rollback",
	.arguments = "[GENERATION]",
	.about = "put a policy in force again that is kept on disk",
	.reference =
	    "Pushes that policy as a new generation, as `apply` would. Without `GENERATION` it is the newest one\n"
	    "that is kept and older than what is published; so a second `rollback` undoes the first.\n",
	.most = 1,
	.options = WITH_PUSH | WITH(REEVALUATE),
	.pushes = true,
	.run = command_rollback,
    },
    {
	.name = "stats",
	.arguments = "",
	.about = "say what the running sluiced counts",
	.reference =
	    "Asks `sluiced` at its control socket, as root or as the user that it runs as. It prints the flows, the "
	    "policy\n"
	    "and the buffers of all workers together, and then every counter that is not zero: those of the workers, "
	    "of each\n"
	    "port, and how often each row or default of the policy in force has decided, by the name that the\n"
	    "[flow log](flow-log.md) has for it and by its label.\n\n"
	    "With `--json` all that `sluiced` answers is printed, each worker by itself too;\n"
	    "[operations.md](../operations.md#the-control-socket) says what the members mean. The status is 1 if the\n"
	    "answer is not whole: if its reader took longer than five seconds, or another policy came meanwhile.\n",
	.options = WITH(SOCKET) | WITH(JSON),
	.run = command_stats,
    },
    {
	.name = "flows",
	.arguments = "",
	.about = "list the flows that are open in the running sluiced",
	.reference =
	    "Asks `sluiced` at its control socket for the flows that are open now, worker by worker, and prints of "
	    "each: its\n"
	    "number in the flow log, its type, what it does (`opening`, until both ends may talk untouched; `spliced`; "
	    "or\n"
	    "`ending`, refused, while the client reads why), how old it is, the octets of each direction, the "
	    "generation and\n"
	    "row that decided, service, client, name and server. `-` stands for what is not known (yet).\n\n"
	    "With `--json` each is an object with the fields of the [flow log](flow-log.md), and the last object is "
	    "the "
	    "sum:\n"
	    "`flows`, `more` (there are more than `--limit`), and `workers_missing` (that did not answer). The status "
	    "is 1 if\n"
	    "the list is not whole for another reason than `--limit`.\n",
	.options = WITH(SOCKET) | WITH(SERVICE) | WITH(LIMIT) | WITH(JSON),
	.run = command_flows,
    },
    {
	.name = "sni",
	.arguments = "FILE",
	.about = "read the TLS ClientHello in FILE (or -) as sluiced does, into JSON",
	.reference =
	    "Takes the octets of `FILE`, or of standard input if it is `-`, for the beginning of what a client sends\n"
	    "over TCP, and prints what the parser of the data plane says of it, as one object:\n\n"
	    "- `result`: `whole`, `more` (the file ends within the hello), `not-tls` or `malformed`; and\n"
	    "  `octets`: how many of the file were looked at.\n"
	    "- `record_version`: of the first record.\n"
	    "- if `whole`: `legacy_version`, `version` (the highest that is offered), `sni` (`kind`: `none`, `one`,\n"
	    "  `empty`, `two`, `type`, `nul`; `name` as it was sent; `host` as policies see it, `null` if it is no "
	    "name),\n"
	    "  `alpn`, `ech` (`none`, `outer`, `inner`), `esni`, `early_data`, `pre_shared_keys` (how many), "
	    "`grease`,\n"
	    "  `session_id_length`, `extensions` (how many), `versions`, `cipher_suites`, `groups`, `key_shares`,\n"
	    "  `signature_algorithms`. Numbers without a name are written as `0x1234`; GREASE is left out of the "
	    "lists.\n"
	    "- if `malformed`: `fault` with `name`, `meaning`, `alert` (the number that would answer it), and\n"
	    "  `extension` (its type) if one is at fault.\n"
	    "- if `not-tls`: `protocol` (`http`, `ssh`, `ssl2`, `unknown`).\n\n"
	    "In `name` and `alpn` an octet that is no printable ASCII stands as the character of its number: 0xff is\n"
	    "`\\u00ff`. The status is 0 if there is a whole hello, and 1 otherwise.\n",
	.least = 1,
	.most = 1,
	.run = command_sni,
    },
};

const unsigned command_count = sizeof(commands) / sizeof(commands[0]);
