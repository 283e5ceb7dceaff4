// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/catch.hpp"
#include "support/samples.hpp"
#include "support/ts.hpp"

#include <cihost/ts/packet_reader.hpp>

#include <algorithm>
#include <random>

using namespace cihost;
using namespace cihost::test;

namespace {

/// Packets numbered in their payload, each with extra bytes in front and behind.
bytes stream(std::size_t packets, std::size_t front = 0, std::size_t behind = 0) {
    bytes all;
    for (std::size_t i = 0; i < packets; ++i) {
        all.insert(all.end(), front, 0x11);
        const bytes number{static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)};
        const auto packet = make_packet(0x100, static_cast<unsigned>(i), number);
        all.insert(all.end(), packet.begin(), packet.end());
        all.insert(all.end(), behind, 0x22);
    }
    return all;
}

std::size_t number(ts::packet_view packet) {
    const auto data = packet.data();
    return static_cast<std::size_t>(data[4] << 8 | data[5]);
}

void drain(ts::packet_reader& reader, std::vector<std::size_t>& numbers) {
    while (const auto packet = reader.next())
        numbers.push_back(number(*packet));
}

std::vector<std::size_t> read(ts::packet_reader& reader, bytes_view data, std::size_t piece) {
    std::vector<std::size_t> numbers;
    for (; !data.empty(); data = data.subspan(std::min(piece, data.size()))) {
        // a block of its own that is gone before the next: views may not outlive it
        const auto part = data.first(std::min(piece, data.size()));
        const bytes block(part.begin(), part.end());
        reader.feed(block);
        drain(reader, numbers);
    }
    reader.finish();
    drain(reader, numbers);
    return numbers;
}

std::vector<std::size_t> counted(std::size_t from, std::size_t to) {
    std::vector<std::size_t> numbers;
    for (auto i = from; i < to; ++i)
        numbers.push_back(i);
    return numbers;
}

} // namespace

TEST_CASE("packet_reader reads every packet size in pieces of any size") {
    struct form {
        std::size_t front, behind;
    };
    for (const auto& [front, behind] : {form{0, 0}, form{4, 0}, form{0, 16}}) {
        const auto data = stream(20, front, behind);
        for (const std::size_t piece : {1, 3, 47, 187, 188, 189, 192, 204, 1000, 100000}) {
            CAPTURE(front, behind, piece);
            ts::packet_reader reader;
            CHECK(read(reader, data, piece) == counted(0, 20));
            CHECK(reader.stride() == front + ts::packet_size + behind);
            CHECK(reader.stats().packets == 20);
            CHECK(reader.stats().skipped_bytes == 0);
            CHECK(reader.stats().sync_losses == 0);
        }
    }
}

TEST_CASE("packet_reader does not copy aligned packets") {
    const auto data = stream(20);
    ts::packet_reader reader;
    for (int round = 0; round < 2; ++round) {
        reader.feed(data);
        for (std::size_t i = 0; i < 20; ++i)
            CHECK(reader.next().value().data().data() == data.data() + i * ts::packet_size);
        CHECK_FALSE(reader.next());
    }
}

TEST_CASE("packet_reader copies only the packet across two pieces") {
    const auto data = stream(20);
    const bytes_view all{data};
    ts::packet_reader reader;
    reader.feed(all.first(10 * ts::packet_size + 1));
    for (int i = 0; i < 10; ++i)
        CHECK(reader.next());
    CHECK_FALSE(reader.next());
    reader.feed(all.subspan(10 * ts::packet_size + 1));
    const auto across = reader.next().value();
    const auto following = reader.next().value();
    CHECK(following.data().data() == data.data() + 11 * ts::packet_size);
    while (reader.next()) {
    }
    CHECK(number(across) == 10); // still lent
}

TEST_CASE("packet_reader waits for the start of the fifth packet, or for the end") {
    const auto data = stream(5);
    const bytes_view all{data};
    ts::packet_reader reader;
    reader.feed(all.first(4 * ts::packet_size));
    CHECK_FALSE(reader.next());
    CHECK(reader.stride() == 0);
    reader.feed(all.subspan(4 * ts::packet_size, 1));
    std::vector<std::size_t> numbers;
    drain(reader, numbers);
    CHECK(numbers == counted(0, 4));

    for (std::size_t packets = 1; packets < 4; ++packets) {
        ts::packet_reader few;
        CHECK(read(few, all.first(packets * ts::packet_size), 50) == counted(0, packets));
    }
}

TEST_CASE("packet_reader gives nothing of a short input that ends inside a packet") {
    const auto data = stream(3);
    ts::packet_reader reader;
    CHECK(read(reader, bytes_view{data}.first(3 * ts::packet_size - 1), 1000).empty());
    CHECK(reader.stats().skipped_bytes == 3 * ts::packet_size - 1);
}

TEST_CASE("packet_reader begins a new input after the end of one") {
    const auto data = stream(7, 0, 16);
    ts::packet_reader reader;
    CHECK(read(reader, data, 1000) == counted(0, 7));
    CHECK(read(reader, stream(7), 1000) == counted(0, 7));
    CHECK(reader.stride() == ts::packet_size);
    CHECK(reader.stats().packets == 14);
}

TEST_CASE("packet_reader passes over garbage and counts it") {
    const auto front = stream(8);
    const auto back = stream(8);
    for (const std::size_t piece : {1, 188, 5000}) {
        bytes data(33, 0x47); // sync bytes that lead nowhere
        data.insert(data.end(), front.begin(), front.end());
        data.insert(data.end(), 100, 0x00);
        data.insert(data.end(), back.begin(), back.end());
        auto expected = counted(0, 8);
        const auto second = counted(0, 8);
        expected.insert(expected.end(), second.begin(), second.end());
        ts::packet_reader reader;
        CHECK(read(reader, data, piece) == expected);
        CHECK(reader.stats().skipped_bytes == 133);
        CHECK(reader.stats().sync_losses == 1);
    }
}

TEST_CASE("packet_reader loses one packet with one damaged sync byte") {
    auto data = stream(20);
    data[7 * ts::packet_size] = 0x46;
    auto expected = counted(0, 20);
    expected.erase(expected.begin() + 7);
    for (const std::size_t piece : {1, 188, 5000}) {
        ts::packet_reader reader;
        CHECK(read(reader, data, piece) == expected);
        CHECK(reader.stats().skipped_bytes == ts::packet_size);
    }
}

TEST_CASE("packet_reader is not fooled by sync bytes at one place of every payload") {
    auto data = stream(30);
    for (std::size_t at = 60; at < data.size(); at += ts::packet_size)
        data[at] = ts::sync_byte;
    // begins between the header and the false sync byte
    ts::packet_reader reader;
    CHECK(read(reader, bytes_view{data}.subspan(50), 5000) == counted(1, 30));
    CHECK(reader.stats().skipped_bytes == ts::packet_size - 50);
}

TEST_CASE("packet_reader takes pieces that were not drained") {
    const auto data = stream(20, 4);
    const bytes_view all{data};
    ts::packet_reader reader;
    reader.feed(all.first(2000));
    std::vector<std::size_t> numbers{number(reader.next().value())};
    reader.feed(all.subspan(2000, 500));
    numbers.push_back(number(reader.next().value()));
    reader.feed(all.subspan(2500));
    drain(reader, numbers);
    CHECK(numbers == counted(0, 20));
}

TEST_CASE("packet_reader forgets all with reset") {
    const auto data = stream(10);
    ts::packet_reader reader;
    reader.feed(bytes_view{data}.first(1000));
    reader.reset();
    CHECK_FALSE(reader.next());
    CHECK(reader.stride() == 0);
    CHECK(read(reader, stream(6, 4), 100) == counted(0, 6));
}

TEST_CASE("packet_reader waits for nothing where the input begins with a packet") {
    const auto data = stream(10);
    ts::packet_reader reader;
    reader.feed(bytes_view{data}.first(1000));
    reader.begins(ts::packet_size);
    reader.feed(bytes_view{data}.first(100));
    CHECK_FALSE(reader.next());
    reader.feed(bytes_view{data}.subspan(100, 100));
    CHECK(number(reader.next().value()) == 0);
    SECTION("and goes on") {
        CHECK(read(reader, bytes_view{data}.subspan(200), 300) == counted(1, 10));
        CHECK(reader.stats().sync_losses == 0);
    }
    SECTION("and searches when it does not keep to that") {
        auto expected = counted(1, 10); // 1 has bytes of 2 in it
        expected.erase(expected.begin() + 1);
        CHECK(read(reader, bytes_view{data}.subspan(250), 300) == expected);
        CHECK(reader.stats().sync_losses == 1);
    }
}

TEST_CASE("packet_reader that was told a beginning which is none searches") {
    const auto data = stream(10);
    ts::packet_reader reader;
    reader.begins(ts::packet_size);
    CHECK(read(reader, bytes_view{data}.subspan(20), 100) == counted(1, 10));
    CHECK(reader.stats().skipped_bytes == ts::packet_size - 20);
}

TEST_CASE("packet_reader stands any bytes") {
    std::mt19937 random{7};
    for (int round = 0; round < 200; ++round) {
        bytes data(random() % 4000);
        for (auto& byte : data)
            byte = random() % 8 == 0 ? ts::sync_byte : static_cast<std::uint8_t>(random());
        ts::packet_reader reader;
        const auto packets = read(reader, data, 1 + random() % 600).size();
        CHECK(packets == reader.stats().packets);
        CHECK(packets * ts::packet_size + reader.stats().skipped_bytes <= data.size());
    }
}

TEST_CASE("packet_reader reads captures whole") {
    struct capture {
        const char* name;
        std::size_t stride;
    };
    for (const auto& [name, stride] : {capture{"canalplus-fr-astra-1svc-scrambled-2.4s.ts", 188},
                                       capture{"canalplus-fr-astra-204byte.ts", 204},
                                       capture{"mediaset-it-dvbt-es-level-ca.ts", 188},
                                       capture{"rai-it-dvbt-fullmux-clear.ts", 188},
                                       capture{"tnt-fr-5w-fullmux-clear-10s.ts", 188}}) {
        const auto data = sample(std::string("ts/") + name);
        if (!data)
            CIHOST_SKIP("no captures (CIHOST_SAMPLES)");
        CAPTURE(name);
        const auto reader = read_capture(*data, [](ts::packet_view) {});
        CHECK(reader.stride() == stride);
        CHECK(reader.stats().packets == data->size() / stride);
        CHECK(reader.stats().skipped_bytes == 0);
        CHECK(reader.stats().sync_losses == 0);
    }
}
