/* SPDX-License-Identifier: BSD-3-Clause */
/* Ports over the devices of DPDK. */
#include "port.h"

#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_pci.h>

#include <tcpstack/stack.h>

#include "device_rss.h"
#include "log.h"

#define DEVICE_NAME_SIZE RTE_ETH_NAME_MAX_LEN

/* Frames of one mbuf, if the driver cannot chain them on receipt. */
#define ETHERNET_OVERHEAD (RTE_ETHER_HDR_LEN + RTE_VLAN_HLEN)

struct device_port {
	uint16_t port_id;
	bool prepare;		     /* some offload is on: frames pass rte_eth_tx_prepare */
	bool link_told;		     /* the driver's word on the link can be believed */
	char interface[IF_NAMESIZE]; /* of the kernel, under net_af_packet or net_af_xdp; else empty */
	char name[DEVICE_NAME_SIZE];
	uint64_t refused[RTE_MAX_QUEUES_PER_PORT]; /* per queue: written by its worker */
};

static uint16_t device_receive(void *device, uint16_t queue, struct rte_mbuf **frames, uint16_t room)
{
	return rte_eth_rx_burst(((struct device_port *)device)->port_id, queue, frames, room);
}

static uint16_t device_transmit(void *device, uint16_t queue, struct rte_mbuf **frames, uint16_t n)
{
	struct device_port *port = device;
	uint16_t prepared = port->prepare ? rte_eth_tx_prepare(port->port_id, queue, frames, n) : n;
	uint16_t sent = prepared > 0 ? rte_eth_tx_burst(port->port_id, queue, frames, prepared) : 0;

	/* A frame that the driver will never take must not stand in the way of the others. */
	if (sent == prepared && prepared < n) {
		rte_pktmbuf_free(frames[prepared]);
		__atomic_store_n(&port->refused[queue], port->refused[queue] + 1, __ATOMIC_RELAXED);
		sent++;
	}
	return sent;
}

/* Whether the kernel's interface is there, up and connected. */
static bool kernel_link_up(const char *interface)
{
	struct ifreq request = {0};
	int handle = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool up;

	if (handle < 0)
		return true;
	memcpy(request.ifr_name, interface, IF_NAMESIZE);
	up = ioctl(handle, SIOCGIFFLAGS, &request) == 0 && (request.ifr_flags & IFF_UP) != 0 &&
	     (request.ifr_flags & IFF_RUNNING) != 0;
	close(handle);
	return up;
}

static void device_link(void *device, struct port_link *link)
{
	const struct device_port *port = device;
	struct rte_eth_link state;

	*link = (struct port_link){.up = true};
	if (port->interface[0] != '\0') {
		*link = (struct port_link){.known = true, .up = kernel_link_up(port->interface)};
		return;
	}
	if (!port->link_told || rte_eth_link_get_nowait(port->port_id, &state) != 0)
		return;
	link->known = true;
	link->up = state.link_status == RTE_ETH_LINK_UP;
	link->megabits = state.link_speed == RTE_ETH_SPEED_NUM_UNKNOWN ? 0 : state.link_speed;
}

static void device_statistics(void *device, struct port_statistics *statistics)
{
	const struct device_port *port = device;
	struct rte_eth_stats stats;
	unsigned queue;

	*statistics = (struct port_statistics){0};
	for (queue = 0; queue < RTE_MAX_QUEUES_PER_PORT; queue++)
		statistics->transmit_refused += __atomic_load_n(&port->refused[queue], __ATOMIC_RELAXED);
	if (rte_eth_stats_get(port->port_id, &stats) != 0)
		return;
	statistics->received_frames = stats.ipackets;
	statistics->received_octets = stats.ibytes;
	statistics->sent_frames = stats.opackets;
	statistics->sent_octets = stats.obytes;
	statistics->receive_missed = stats.imissed;
	statistics->receive_errors = stats.ierrors;
	statistics->receive_no_mbuf = stats.rx_nombuf;
	statistics->transmit_errors = stats.oerrors;
}

/* Stops and closes the device; a virtual one is removed, and with it its interface or socket. */
static void device_close(void *device)
{
	struct device_port *port = device;
	struct rte_eth_dev_info info;
	bool known = rte_eth_dev_info_get(port->port_id, &info) == 0;
	int result;

	result = rte_eth_dev_stop(port->port_id);
	if (result != 0 && result != -ENODEV)
		log_warning("device %s: could not be stopped: %s", port->name, rte_strerror(-result));
	result = rte_eth_dev_close(port->port_id);
	if (result != 0)
		log_warning("device %s: could not be closed: %s", port->name, rte_strerror(-result));
	if (known && info.device != NULL && rte_dev_remove(info.device) != 0)
		log_debug("device %s: was not removed from its bus", port->name);
	free(port);
}

static const struct port_operations device_operations = {
    .receive = device_receive,
    .transmit = device_transmit,
    .link = device_link,
    .statistics = device_statistics,
    .close = device_close,
};

/* The value of a parameter in device arguments, "iface" in "net_tap0,iface=x"; false if it is not there. */
static bool argument_value(const char *arguments, const char *key, char *value, size_t size)
{
	size_t length = strlen(key);
	const char *at = arguments;

	while ((at = strchr(at, ',')) != NULL) {
		at++;
		if (strncmp(at, key, length) == 0 && at[length] == '=') {
			at += length + 1;
			snprintf(value, size, "%.*s", (int)strcspn(at, ","), at);
			return true;
		}
	}
	return false;
}

static bool is_driver(const char *arguments, const char *driver)
{
	return strncmp(arguments, driver, strlen(driver)) == 0;
}

/* What the kernel must have, or must not have, before a driver can work. Said here, since drivers fail with less. */
static bool check_interface(struct device_port *port, const char *arguments, struct fault *fault)
{
	char interface[64];
	bool over_kernel = is_driver(arguments, "net_af_packet") || is_driver(arguments, "net_af_xdp");
	bool exists;

	if (!argument_value(arguments, "iface", interface, sizeof(interface)))
		return true;
	exists = if_nametoindex(interface) != 0;
	if (strlen(interface) >= IF_NAMESIZE)
		return fault_set(fault, "interface name \"%s\" is longer than %d characters", interface,
				 IF_NAMESIZE - 1);
	if (is_driver(arguments, "net_tap") && exists)
		return fault_set(fault,
				 "there is an interface %s already: choose another name, or remove it with "
				 "\"ip link delete %s\"",
				 interface, interface);
	if (over_kernel && !exists)
		return fault_set(fault,
				 "there is no interface %s in this network namespace; \"ip link\" lists those that are",
				 interface);
	/* These drivers report a link that is up for ever. */
	if (over_kernel)
		memcpy(port->interface, interface, strlen(interface) + 1);
	return true;
}

/* Many drivers fail with -1, whatever the reason, which is no errno to show. */
static const char *reason_text(int error)
{
	return error == 1 ? "its driver gave no reason" : rte_strerror(error);
}

static bool fail_probe(const char *arguments, int error, struct fault *fault)
{
	struct rte_pci_addr address;
	char name[DEVICE_NAME_SIZE];

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(arguments, ","), arguments);
	if (rte_pci_addr_parse(name, &address) == 0)
		return fault_set(fault,
				 "no driver took PCI device %s: is it there (\"lspci\"), and bound to vfio-pci "
				 "(\"dpdk-devbind.py -b vfio-pci %s\") or to a kernel driver that DPDK shares (mlx5)?",
				 name, name);
	if (is_driver(name, "net_af_xdp"))
		return fault_set(fault,
				 "device %s could not be opened (%s): AF_XDP needs CAP_NET_ADMIN, CAP_NET_RAW and "
				 "CAP_BPF (or root), and an interface whose queues no other program holds",
				 name, reason_text(error));
	if (is_driver(name, "net_tap") || is_driver(name, "net_af_packet"))
		return fault_set(fault,
				 "device %s could not be opened (%s): it needs CAP_NET_ADMIN and CAP_NET_RAW (or "
				 "root), and net_tap needs /dev/net/tun",
				 name, reason_text(error));
	if (is_driver(name, "net_virtio_user"))
		return fault_set(fault,
				 "device %s could not be opened (%s): is the other side there and listening on path=, "
				 "or else server=1? memory.single_file_segments must be true",
				 name, reason_text(error));
	return fault_set(fault,
			 "device %s could not be opened (%s): is the driver's name right, and its library "
			 "installed or named in \"drivers\"?",
			 name, reason_text(error));
}

/* Finds the device by its name; a virtual one is made now, a PCI device was found when the EAL started. */
static bool probe(struct device_port *port, const char *arguments, struct fault *fault)
{
	struct rte_pci_addr address;
	int result;

	snprintf(port->name, sizeof(port->name), "%.*s", (int)strcspn(arguments, ","), arguments);
	if (!check_interface(port, arguments, fault))
		return false;
	if (rte_pci_addr_parse(port->name, &address) == 0)
		rte_pci_device_name(&address, port->name, sizeof(port->name));
	else if (rte_eth_dev_get_port_by_name(port->name, &port->port_id) == 0)
		return fault_set(fault, "device %s is used twice: give each port a device of its own (%s0, %s1, ...)",
				 port->name, port->name, port->name);
	else if ((result = rte_dev_probe(arguments)) != 0)
		return fail_probe(arguments, -result, fault);
	if (rte_eth_dev_get_port_by_name(port->name, &port->port_id) != 0)
		return fail_probe(arguments, ENODEV, fault);
	return true;
}

/* Offloads that a driver claims and cannot do, by DPDK 22.11. */
static const struct {
	const char *driver;
	uint64_t transmit;
} broken_offloads[] = {
    /* It counts the Ethernet header against the MTU, so a segment of full size is never sent, nor any after it. */
    {"net_tap", RTE_ETH_TX_OFFLOAD_TCP_TSO},
    /* It sums the buffers of a chain each from its own start, which is wrong behind one of an odd length. */
    {"net_tap", RTE_ETH_TX_OFFLOAD_TCP_CKSUM | RTE_ETH_TX_OFFLOAD_UDP_CKSUM},
};

/* Offloads of the device that serve, as the device names them. */
static uint64_t choose_transmit_offloads(const char *driver, uint64_t offered)
{
	uint64_t needed = RTE_ETH_TX_OFFLOAD_IPV4_CKSUM | RTE_ETH_TX_OFFLOAD_TCP_CKSUM | RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
	uint64_t chosen;
	unsigned i;

	for (i = 0; i < RTE_DIM(broken_offloads); i++)
		if (strcmp(driver, broken_offloads[i].driver) == 0)
			offered &= ~broken_offloads[i].transmit;
	chosen = offered & (RTE_ETH_TX_OFFLOAD_IPV4_CKSUM | RTE_ETH_TX_OFFLOAD_TCP_CKSUM |
			    RTE_ETH_TX_OFFLOAD_UDP_CKSUM | RTE_ETH_TX_OFFLOAD_MULTI_SEGS);
	/* Drivers that cut frames leave IPv4 checksums of the pieces to themselves whether or not they offer them. */
	if ((offered & RTE_ETH_TX_OFFLOAD_TCP_TSO) && ((chosen | RTE_ETH_TX_OFFLOAD_IPV4_CKSUM) & needed) == needed)
		chosen |= RTE_ETH_TX_OFFLOAD_TCP_TSO;
	return chosen;
}

/* The same offloads as the stack names them. */
static uint32_t interface_offloads(uint64_t chosen)
{
	static const struct {
		uint64_t device;
		uint32_t interface;
	} pairs[] = {
	    {RTE_ETH_TX_OFFLOAD_IPV4_CKSUM, INTERFACE_TX_IPV4_CHECKSUM},
	    {RTE_ETH_TX_OFFLOAD_TCP_CKSUM, INTERFACE_TX_TCP_CHECKSUM},
	    {RTE_ETH_TX_OFFLOAD_UDP_CKSUM, INTERFACE_TX_UDP_CHECKSUM},
	    {RTE_ETH_TX_OFFLOAD_TCP_TSO, INTERFACE_TX_TCP_SEGMENTATION},
	    {RTE_ETH_TX_OFFLOAD_MULTI_SEGS, INTERFACE_TX_CHAINS},
	};
	uint32_t offloads = 0;
	unsigned i;

	for (i = 0; i < RTE_DIM(pairs); i++)
		if (chosen & pairs[i].device)
			offloads |= pairs[i].interface;
	return offloads;
}

/* Plans the device's configuration from what it offers. */
static bool plan(const struct port_request *request, const struct rte_eth_dev_info *info, struct rte_eth_conf *conf,
		 struct device_rss *rss, struct port_description *description, struct fault *fault)
{
	uint16_t most = RTE_MIN(info->max_rx_queues, info->max_tx_queues);
	uint32_t buffer = rte_pktmbuf_data_room_size(request->pool) - RTE_PKTMBUF_HEADROOM;

	if (info->max_mtu != 0 && request->mtu > info->max_mtu)
		return fault_set(fault, "mtu %u is more than the %u that driver %s can do", request->mtu, info->max_mtu,
				 info->driver_name);
	description->queues = RTE_MAX(RTE_MIN(request->queues, most), 1);
	conf->rxmode.mtu = request->mtu;
	conf->rxmode.offloads = info->rx_offload_capa & RTE_ETH_RX_OFFLOAD_CHECKSUM;
	description->receive_checksum = conf->rxmode.offloads != 0;
	if ((uint32_t)request->mtu + ETHERNET_OVERHEAD > buffer) {
		if ((info->rx_offload_capa & RTE_ETH_RX_OFFLOAD_SCATTER) == 0)
			return fault_set(fault,
					 "mtu %u needs frames of several buffers, which driver %s cannot "
					 "receive; the most here is %u",
					 request->mtu, info->driver_name, buffer - ETHERNET_OVERHEAD);
		conf->rxmode.offloads |= RTE_ETH_RX_OFFLOAD_SCATTER;
	}
	conf->txmode.offloads = choose_transmit_offloads(info->driver_name, info->tx_offload_capa);
	description->offloads = interface_offloads(conf->txmode.offloads);
	device_rss_plan(rss, info);
	if (description->queues > 1 && rss->types != 0) {
		conf->rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
		conf->rx_adv_conf.rss_conf.rss_key = rss->key_size != 0 ? rss->key : NULL;
		conf->rx_adv_conf.rss_conf.rss_key_len = rss->key_size;
		conf->rx_adv_conf.rss_conf.rss_hf = rss->types;
	}
	return true;
}

static bool set_up_queues(const struct device_port *port, const struct port_request *request,
			  const struct rte_eth_dev_info *info, const struct rte_eth_conf *conf, uint16_t queues,
			  struct fault *fault)
{
	uint16_t receive_descriptors = request->descriptors;
	uint16_t transmit_descriptors = request->descriptors;
	struct rte_eth_rxconf receive_conf = info->default_rxconf;
	struct rte_eth_txconf transmit_conf = info->default_txconf;
	int socket = rte_eth_dev_socket_id(port->port_id);
	uint16_t queue;
	int result;

	result = rte_eth_dev_adjust_nb_rx_tx_desc(port->port_id, &receive_descriptors, &transmit_descriptors);
	receive_conf.offloads = conf->rxmode.offloads;
	transmit_conf.offloads = conf->txmode.offloads;
	for (queue = 0; result == 0 && queue < queues; queue++) {
		result = rte_eth_rx_queue_setup(port->port_id, queue, receive_descriptors, socket, &receive_conf,
						request->pool);
		if (result == 0)
			result =
			    rte_eth_tx_queue_setup(port->port_id, queue, transmit_descriptors, socket, &transmit_conf);
	}
	if (result != 0)
		return fault_set(fault, "device %s: queues of %u descriptors could not be set up: %s", port->name,
				 request->descriptors, rte_strerror(-result));
	return true;
}

/* The MAC address: as asked, if the device takes it; receiving for it anyway is what `promiscuous` is then for. */
static bool set_address(const struct device_port *port, const struct port_request *request, bool tap,
			struct port_description *description, bool *promiscuous, struct fault *fault)
{
	struct rte_ether_addr wanted = request->mac;
	int result = rte_eth_macaddr_get(port->port_id, &description->mac);

	if (result != 0)
		return fault_set(fault, "device %s: no MAC address: %s", port->name, rte_strerror(-result));
	if (tap) {
		/* The kernel's end of a TAP has the device's address, and a TAP hands over every frame: so the device's
		 * is left to the kernel's end, and ours is another one. */
		if (rte_is_zero_ether_addr(&wanted)) {
			wanted = description->mac;
			wanted.addr_bytes[RTE_ETHER_ADDR_LEN - 1] ^= 0x80;
		} else if (rte_is_same_ether_addr(&wanted, &description->mac)) {
			return fault_set(fault, "mac: the kernel's end of the TAP has this address already");
		}
		description->mac = wanted;
		return true;
	}
	if (rte_is_zero_ether_addr(&wanted) || rte_is_same_ether_addr(&wanted, &description->mac))
		return true;
	description->mac = wanted;
	result = rte_eth_dev_default_mac_addr_set(port->port_id, &wanted);
	*promiscuous = result != 0;
	return true;
}

static bool start(const struct device_port *port, uint16_t mtu, bool promiscuous, struct fault *fault)
{
	uint16_t current = 0;
	int result = rte_eth_dev_set_mtu(port->port_id, mtu);

	if (result != 0 && result != -ENOTSUP)
		return fault_set(fault, "device %s: mtu %u was refused: %s", port->name, mtu, rte_strerror(-result));
	if (result == -ENOTSUP && rte_eth_dev_get_mtu(port->port_id, &current) == 0 && current < mtu)
		return fault_set(fault, "device %s: mtu is %u and cannot be changed to %u", port->name, current, mtu);
	result = rte_eth_dev_start(port->port_id);
	if (result != 0)
		return fault_set(fault, "device %s: could not be started: %s", port->name, rte_strerror(-result));
	if (promiscuous) {
		result = rte_eth_promiscuous_enable(port->port_id);
		return result == 0 || fault_set(fault,
						"device %s: the MAC address is not for us to set, and promiscuous mode "
						"was refused (%s): leave \"mac\" out, or set it where the device is "
						"managed (of a virtio-user port: \"mac=\" in \"device\")",
						port->name, rte_strerror(-result));
	}
	/* Neighbour solicitations come to multicast groups (RFC 4861). */
	if (rte_eth_allmulticast_enable(port->port_id) != 0 && rte_eth_promiscuous_enable(port->port_id) != 0)
		log_warning("device %s: neither all-multicast nor promiscuous mode can be set; IPv6 neighbours may not "
			    "find this port",
			    port->name);
	return true;
}

static bool configure(struct device_port *port, const struct port_request *request,
		      struct port_description *description, struct fault *fault)
{
	struct rte_eth_conf conf = {0};
	struct rte_eth_dev_info info;
	struct device_rss rss;
	bool promiscuous = false;
	bool tap;
	int result = rte_eth_dev_info_get(port->port_id, &info);

	if (result != 0)
		return fault_set(fault, "device %s: tells nothing of itself: %s", port->name, rte_strerror(-result));
	snprintf(description->driver, sizeof(description->driver), "%s", info.driver_name);
	description->mtu = request->mtu;
	tap = strcmp(info.driver_name, "net_tap") == 0;
	/* A TAP that was moved to another network namespace reports a link that is down, and works. */
	port->link_told = !tap;
	if (!plan(request, &info, &conf, &rss, description, fault))
		return false;
	port->prepare = conf.txmode.offloads & ~RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
	result = rte_eth_dev_configure(port->port_id, description->queues, description->queues, &conf);
	if (result != 0)
		return fault_set(fault, "device %s: %u queues with mtu %u were refused: %s", port->name,
				 description->queues, request->mtu, rte_strerror(-result));
	if (!set_up_queues(port, request, &info, &conf, description->queues, fault) ||
	    !set_address(port, request, tap, description, &promiscuous, fault) ||
	    !start(port, request->mtu, promiscuous, fault))
		return false;
	device_rss_confirm(&rss, port->port_id, description->queues, &description->spread);
	return true;
}

bool device_port_open(struct port *port, const struct port_request *request, struct fault *fault)
{
	struct device_port *device = calloc(1, sizeof(*device));

	if (device == NULL)
		return fault_set(fault, "no memory for a port");
	if (!probe(device, request->device, fault)) {
		free(device);
		return false;
	}
	if (!configure(device, request, &port->description, fault)) {
		device_close(device);
		return false;
	}
	port->operations = &device_operations;
	port->device = device;
	return true;
}
