/* SNMP v3 authPriv (SHA-256, AES-128) in front of the v1/v2c agent beside the checkout.
 *
 *   gcc -O2 -I ../../shared/bench agent_v3.c -lcrypto -o agent_v3;  ./agent_v3 PORT
 *
 * Every address of 127.0.0.0/8 is an engine of its own with the objects that agent.c gives to this address:
 * a question is verified, decrypted and answered as a v2c message, and the answer is encrypted and signed.
 * The user is "bench", its passwords are "authpass123" and "privpass123".
 */
#define main main_of_the_v2c_agent
#include "agent.c"
#undef main
#include <openssl/evp.h>
#include <openssl/hmac.h>

enum { KEY = 32, MAC = 24, SALT = 8, ENGINE_ID = 9, BOOTS = 1, WINDOW = 150, LARGEST = 4096 };
enum { AUTH = 1, PRIV = 2 };
enum { UNKNOWN_ENGINE = 4, NOT_IN_WINDOW = 2, UNKNOWN_USER = 3, WRONG_DIGEST = 5, DECRYPTION = 6 };

typedef struct { int at, len; } Part;
typedef struct {
    u8 *data;
    int size, flags, boots, time;
    Part id, engine, user, mac, salt, body;
} Message;
typedef struct { u8 ready, auth[KEY], priv[KEY]; } Keys;

static const char USER[] = "bench";
static u8 master_auth[KEY], master_priv[KEY];
static Keys keys_of[65536];
static EVP_CIPHER_CTX *cipher;
static u64 started, salts;

static void master(const char *password, u8 *out) {
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    int size = strlen(password);
    u8 block[64];
    EVP_DigestInit_ex(hash, EVP_sha256(), 0);
    for (int done = 0; done < 1 << 20; done += sizeof block) {
        for (unsigned i = 0; i < sizeof block; i++) block[i] = password[(done + i) % size];
        EVP_DigestUpdate(hash, block, sizeof block);
    }
    EVP_DigestFinal_ex(hash, out, 0);
    EVP_MD_CTX_free(hash);
}

static void localise(const u8 *from, const u8 *engine, u8 *out) {
    u8 all[2 * KEY + ENGINE_ID];
    memcpy(all, from, KEY);
    memcpy(all + KEY, engine, ENGINE_ID);
    memcpy(all + KEY + ENGINE_ID, from, KEY);
    EVP_Digest(all, sizeof all, out, 0, EVP_sha256(), 0);
}

/* an enterprise's own format: five octets, then the address */
static void engine_of(u32 ip, u8 *out) {
    static const u8 start[5] = {0x80, 0x01, 0x86, 0x9f, 0x80};
    memcpy(out, start, 5);
    for (int i = 0; i < 4; i++) out[5 + i] = ip >> (24 - 8 * i);
}

static Keys *keys(u32 ip) {
    Keys *found = &keys_of[ip & 0xffff];
    u8 engine[ENGINE_ID];
    if (!found->ready) {
        engine_of(ip, engine);
        localise(master_auth, engine, found->auth);
        localise(master_priv, engine, found->priv);
        found->ready = 1;
    }
    return found;
}

static void cipher_over(int encrypts, const u8 *key, int boots, int time, const u8 *salt, u8 *data, int size) {
    u8 iv[16];
    int done;
    for (int i = 0; i < 4; i++) iv[i] = boots >> (24 - 8 * i), iv[4 + i] = time >> (24 - 8 * i);
    memcpy(iv + 8, salt, SALT);
    EVP_CipherInit_ex(cipher, EVP_aes_128_cfb128(), 0, key, iv, encrypts);
    EVP_CipherUpdate(cipher, data, &done, data, size);
}

/* Reads a tag and a length at *pos; the content, or size -1 if there is none that fits. */
static Part part(const u8 *data, int *pos, int end, int tag) {
    Part none = {0, -1};
    if (*pos >= end || data[*pos] != tag) return none;
    (*pos)++;
    int size = rdlen(data, pos, end);
    if (size < 0) return none;
    Part found = {*pos, size};
    *pos += size;
    return found;
}

static int number(const u8 *data, Part from) {
    int value = 0;
    for (int i = 0; i < from.len; i++) value = value << 8 | data[from.at + i];
    return value;
}

static int parse(u8 *data, int size, Message *out) {
    int pos = 0;
    Part all = part(data, &pos, size, 0x30), header, flags, outer, inner, boots, time;
    if (all.len < 0) return 0;
    int end = all.at + all.len;
    pos = all.at;
    if (number(data, part(data, &pos, end, 2)) != 3) return 0;
    header = part(data, &pos, end, 0x30);
    outer = part(data, &pos, end, 4);
    if (header.len < 0 || outer.len < 0) return 0;
    out->data = data;
    out->size = size;
    out->body = (Part){pos, end - pos};
    pos = header.at;
    end = header.at + header.len;
    out->id = part(data, &pos, end, 2);
    part(data, &pos, end, 2);
    flags = part(data, &pos, end, 4);
    pos = outer.at;
    inner = part(data, &pos, outer.at + outer.len, 0x30);
    if (out->id.len < 1 || out->id.len > 4 || flags.len != 1 || inner.len < 0) return 0;
    out->flags = data[flags.at];
    pos = inner.at;
    end = inner.at + inner.len;
    out->engine = part(data, &pos, end, 4);
    boots = part(data, &pos, end, 2);
    time = part(data, &pos, end, 2);
    out->user = part(data, &pos, end, 4);
    out->mac = part(data, &pos, end, 4);
    out->salt = part(data, &pos, end, 4);
    out->boots = number(data, boots);
    out->time = number(data, time);
    return out->engine.len >= 0 && out->user.len >= 0 && out->mac.len >= 0 && out->salt.len >= 0;
}

/* Everything is written from its end to its beginning, so that lengths are known when they are needed. */
static u8 *before(u8 *end, const void *data, int size) { return memcpy(end - size, data, size); }

static u8 *wrap(u8 *start, int size, int tag) {
    u8 head[4], *stop = putlen(head, size);
    start = before(start, head, stop - head);
    *--start = tag;
    return start;
}

static u8 *integer(u8 *end, u32 value) {
    u8 *start = end;
    do *--start = value, value >>= 8;
    while (value);
    if (*start & 0x80) *--start = 0;
    return wrap(start, end - start, 2);
}

static u8 *text(u8 *end, const void *data, int size) { return wrap(before(end, data, size), size, 4); }

/* Seals a PDU that stands right before `end` of a buffer; returns where the message begins. */
static u8 *seal(const Message *asked, u32 ip, int flags, u8 *pdu, u8 *end) {
    static const u8 zeros[MAC], model[] = {2, 1, 3}, version[] = {2, 1, 3}, size[] = {2, 2, 0x40, 0};
    u8 engine[ENGINE_ID], salt[SALT], *start, *parameters, *mac = 0;
    int now_ = (now() - started) / 1000000, level[1] = {flags};
    engine_of(ip, engine);
    salts++;
    for (int i = 0; i < SALT; i++) salt[i] = salts >> (56 - 8 * i);
    start = text(pdu, "", 0);
    start = text(start, engine, ENGINE_ID);
    start = wrap(start, end - start, 0x30);
    if (flags & PRIV) {
        cipher_over(1, keys(ip)->priv, BOOTS, now_, salt, start, end - start);
        start = wrap(start, end - start, 4);
    }
    parameters = start;
    start = text(start, salt, flags & PRIV ? SALT : 0);
    start = text(start, zeros, flags & AUTH ? MAC : 0);
    mac = start + 2;
    start = text(start, asked->data + asked->user.at, asked->user.len);
    start = integer(start, now_);
    start = integer(start, BOOTS);
    start = text(start, engine, ENGINE_ID);
    start = wrap(start, parameters - start, 0x30);
    start = wrap(start, parameters - start, 4);
    parameters = start;
    start = before(start, model, sizeof model);
    start = text(start, &(u8){level[0]}, 1);
    start = before(start, size, sizeof size);
    start = wrap(before(start, asked->data + asked->id.at, asked->id.len), asked->id.len, 2);
    start = wrap(start, parameters - start, 0x30);
    start = before(start, version, sizeof version);
    start = wrap(start, end - start, 0x30);
    if (flags & AUTH) {
        u8 whole[KEY];
        HMAC(EVP_sha256(), keys(ip)->auth, KEY, start, end - start, whole, 0);
        memcpy(mac, whole, MAC);
    }
    return start;
}

static u8 *report(const Message *asked, u32 ip, int flags, int counter, u8 *end) {
    u8 name[] = {0x2b, 6, 1, 6, 3, 15, 1, 1, counter, 0}, count[] = {0x41, 1, 1}, none[] = {2, 1, 0};
    u8 *start = before(end, count, sizeof count);
    start = wrap(before(start, name, sizeof name), sizeof name, 6);
    start = wrap(start, end - start, 0x30);
    start = wrap(start, end - start, 0x30);
    start = before(before(start, none, sizeof none), none, sizeof none);
    start = wrap(before(start, asked->data + asked->id.at, asked->id.len), asked->id.len, 2);
    return seal(asked, ip, flags, wrap(start, end - start, 0xa8), end);
}

static int is_signed(const Message *asked, u32 ip) {
    u8 mac[MAC], whole[KEY];
    if (asked->mac.len != MAC) return 0;
    memcpy(mac, asked->data + asked->mac.at, MAC);
    memset(asked->data + asked->mac.at, 0, MAC);
    HMAC(EVP_sha256(), keys(ip)->auth, KEY, asked->data, asked->size, whole, 0);
    return !memcmp(mac, whole, MAC);
}

/* Answers a decrypted scoped PDU by the v2c agent. */
static u8 *answer(const Message *asked, u32 ip, u8 *body, int size, u8 *end) {
    static const u8 community[] = {2, 1, 1, 4, 6, 'p', 'u', 'b', 'l', 'i', 'c'};
    static u8 question[LARGEST + 64], said[LARGEST * 16];
    int pos = 0, length;
    Part scoped = part(body, &pos, size, 0x30), whole;
    u8 *last = question + sizeof question, *start;
    if (scoped.len < 0) return 0;
    pos = scoped.at;
    size = scoped.at + scoped.len;
    if (part(body, &pos, size, 4).len < 0 || part(body, &pos, size, 4).len < 0) return 0;
    start = before(last, body + pos, size - pos);
    start = before(start, community, sizeof community);
    start = wrap(start, last - start, 0x30);
    length = handle(start, last - start, said, ip);
    if (length <= 0) return 0;
    pos = 0;
    whole = part(said, &pos, length, 0x30);
    pos = whole.at + sizeof community;
    return seal(asked, ip, AUTH | PRIV, before(end, said + pos, length - pos), end);
}

static u8 *reply(u8 *data, int size, u32 ip, u8 *end) {
    Message asked;
    u8 engine[ENGINE_ID];
    int now_ = (now() - started) / 1000000;
    if (!parse(data, size, &asked)) return 0;
    engine_of(ip, engine);
    if (asked.engine.len != ENGINE_ID || memcmp(data + asked.engine.at, engine, ENGINE_ID))
        return report(&asked, ip, 0, UNKNOWN_ENGINE, end);
    if (asked.user.len != sizeof USER - 1 || memcmp(data + asked.user.at, USER, asked.user.len))
        return report(&asked, ip, 0, UNKNOWN_USER, end);
    if ((asked.flags & (AUTH | PRIV)) != (AUTH | PRIV)) return report(&asked, ip, 0, 1, end);
    if (!is_signed(&asked, ip)) return report(&asked, ip, 0, WRONG_DIGEST, end);
    if (asked.boots != BOOTS || asked.time > now_ + WINDOW || asked.time < now_ - WINDOW)
        return report(&asked, ip, AUTH, NOT_IN_WINDOW, end);
    int pos = asked.body.at;
    Part secret = part(data, &pos, asked.body.at + asked.body.len, 4);
    if (secret.len < 1 || asked.salt.len != SALT) return report(&asked, ip, 0, DECRYPTION, end);
    cipher_over(0, keys(ip)->priv, asked.boots, asked.time, data + asked.salt.at, data + secret.at, secret.len);
    return answer(&asked, ip, data + secret.at, secret.len, end);
}

int main(int count, char **words) {
    static u8 in[LARGEST], out[2 * LARGEST], control[64];
    int wire = socket(AF_INET, SOCK_DGRAM, 0), one = 1, wanted = 32 << 20;
    struct sockaddr_in here = {.sin_family = AF_INET}, from;
    if (count != 2) return 2;
    here.sin_port = htons(atoi(words[1]));
    setsockopt(wire, SOL_SOCKET, SO_RCVBUF, &wanted, sizeof wanted);
    setsockopt(wire, SOL_SOCKET, SO_RCVBUFFORCE, &wanted, sizeof wanted);
    setsockopt(wire, IPPROTO_IP, IP_PKTINFO, &one, sizeof one);
    if (bind(wire, (void *)&here, sizeof here)) return perror("bind"), 1;
    build();
    maxresp = 1400;
    started = now();
    cipher = EVP_CIPHER_CTX_new();
    master("authpass123", master_auth);
    master("privpass123", master_priv);
    for (;;) {
        struct iovec part_ = {in, sizeof in};
        struct msghdr message = {.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &part_,
                                 .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
        int size = recvmsg(wire, &message, 0);
        struct cmsghdr *head = size < 0 ? 0 : CMSG_FIRSTHDR(&message);
        if (!head || head->cmsg_type != IP_PKTINFO) continue;
        struct in_pktinfo *info = (struct in_pktinfo *)CMSG_DATA(head);
        u32 ip = ntohl(info->ipi_addr.s_addr);
        u8 *end = out + sizeof out, *start = reply(in, size, ip, end);
        if (!start) continue;
        info->ipi_spec_dst = info->ipi_addr;
        info->ipi_ifindex = 0;
        part_ = (struct iovec){start, end - start};
        message.msg_controllen = CMSG_SPACE(sizeof *info);
        sendmsg(wire, &message, 0);
    }
}
